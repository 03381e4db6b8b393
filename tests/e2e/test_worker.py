"""A probe worker beside a node: what it sees moves its clients, and what is no good report is refused and said.

The node probes from an address of its own, by which the gateways tell it from the worker: the two may see different things.
"""

import contextlib
import http.client
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading

import pytest
from lab import ROOT, Processes, find_isochrone, wait_until
from ports import free_ports
from server import Server, metrics_at, rrset

sys.path.insert(0, str(ROOT / "tests" / "lab"))
from certificates import Authority  # noqa: E402

NODE_SOURCE = "127.0.0.66"
GATEWAYS = {"near": "127.0.1.20", "middle": "127.0.2.20"}
COVERED, NOT_COVERED = "198.18.7.0/24", "198.19.7.0/24"
NAME = "svc.worker.example"
FRESH = 3 * 0.4 + 0.3  # seconds a verdict counts: three intervals and a timeout
# Asks nobody but the kernel: AddressSanitizer reads the clock before a program's own start, when nothing else may be called.
SHIM = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec* t) {
  long result = syscall(SYS_clock_gettime, clock, t);
  if (clock == CLOCK_REALTIME) t->tv_sec += SECONDS_OFF;
  return (int)result;
}
time_t time(time_t* out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
int gettimeofday(struct timeval* tv, void* zone) {
  struct timespec t;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &t);
  tv->tv_sec = t.tv_sec, tv->tv_usec = t.tv_nsec / 1000;
  return 0;
}
"""


class Gateway(http.server.ThreadingHTTPServer):
    """200 for the node, and for the worker while `well_for_worker`."""

    daemon_threads = True
    well_for_worker = True

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            well = self.server.well_for_worker or self.client_address[0] == NODE_SOURCE
            self.send_response(200 if well else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass


class World:
    def __init__(self, folder):
        self.folder = folder
        self.server = Server(folder / "node", zones=(), probes=())
        port, = free_ports(1)
        self.gateways = {}
        for region, address in GATEWAYS.items():
            self.gateways[region] = Gateway((address, port), Gateway.Handler)
            threading.Thread(target=self.gateways[region].serve_forever, daemon=True).start()
        authority = Authority(folder / "ca")
        self.ca = authority.certificate
        self.tls = authority.issue("node", ["127.0.0.1"])
        self.tokens = {name: self._token(name) for name in ("tokyo", "paris", "reader", "stranger")}
        self._write_node(port)
        self.workers = Processes(folder / "workers")

    def _token(self, name):
        path = self.folder / f"{name}.token"
        path.write_text(f"{name}-secret-0123456789\n")
        path.chmod(0o600)
        return path

    def _write_node(self, port):
        config = self.server.config
        tokens = "".join(f"    {name}: {{file: {self.tokens[name]}, may: [\"probe:{name}\"]}}\n" for name in ("tokyo", "paris"))
        tokens += f"    reader: {{file: {self.tokens['reader']}, may: read}}\n"
        config.write_text(config.read_text().replace(
            f"admin: 127.0.0.1:{self.server.admin_port}\n",
            f"admin:\n  listen: 127.0.0.1:{self.server.admin_port}\n  tls: {{cert: {self.tls[0]}, key: {self.tls[1]}}}\n"
            f"  tokens:\n{tokens}"))
        self.tls[1].chmod(0o600)
        for name, text in {
            "zones/worker.example.yaml":
                "zone: worker.example\nrecords: worker.example.zone\ndefaults: {probe: gateway, ttl: 9s, ttl-min: 2s}\n"
                # On loopback all are equally near: the weight says which is taken while it is well.
                f"services:\n  svc: {{gateways: {{near: {{addresses: [{GATEWAYS['near']}], weight: 1000}}, middle: [{GATEWAYS['middle']}]}}, "
                "tolerance: 100ms}\n",
            "zones/worker.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
            "probes/probes.yaml":
                f"regions: {{near: {{}}, middle: {{}}}}\nprobes:\n  gateway: {{kind: http, port: {port}, interval: 400ms, "
                f"timeout: 300ms, recheck: 100ms, fall: 2, rise: 2, source: {NODE_SOURCE}}}\n"
                "vantages: {tokyo: {covers: [198.18.0.0/16]}, paris: {covers: [198.21.0.0/16]}}\n"
                "latency: [{table: latency.csv}]\n",
            "probes/latency.csv": "prefix,near,middle\n198.18.0.0/15,10,50\n",
        }.items():
            (self.server.directory / name).write_text(text)

    @contextlib.contextmanager
    def worker(self, name="tokyo", token=None, vantage=None, node=None, **environment):
        """`isochrone probe`, until the block ends. `node`: another address to report to."""
        folder = self.folder / f"{name}-{len(self.workers.processes)}"
        folder.mkdir()
        config = folder / "isochrone.yaml"
        node = node or f"127.0.0.1:{self.server.admin_port}"
        config.write_text(f'node: {vantage or name}\nreport: [{{node: "https://{node}", '
                          f"token-file: {self.tokens[token or name]}, ca: {self.ca}}}]\n")
        environment = os.environ | {"ASAN_OPTIONS": "verify_asan_link_order=0:handle_sigill=1"} | environment
        process = self.workers.launch([find_isochrone(), "probe", "--config", config], folder.name, env=environment)
        try:
            yield process
        finally:
            assert process.end() == 0, process.text()[-4000:]
            assert "Sanitizer" not in process.text(), process.text()[-4000:]

    def answer(self, client=COVERED):
        answer = self.server.ask(NAME, "A", subnet=client)
        return rrset(answer, answer.answer, NAME, "A")

    def goes_to(self, region, client=COVERED):
        wait_until(lambda: self.answer(client) == [GATEWAYS[region]], 15, f"{client} to be sent to {region}")

    def status(self):
        return json.loads(self.server.isochrone("status", "--json").stdout)

    def vantage(self, name="tokyo"):
        return next(v for v in self.status()["vantages"] if v["name"] == name)

    def is_heard(self, name="tokyo"):
        vantage = self.vantage(name)
        return vantage["last_heard"] is not None and vantage["last_heard"] < FRESH

    def sight(self, region="near", vantage="tokyo"):
        """What a vantage says of a region's gateway; None where it says nothing."""
        gateway = next(g for g in self.status()["pools"][0]["gateways"] if g["region"] == region)
        return next((v for v in gateway["addresses"][0]["vantages"] if v["vantage"] == vantage), None)

    def metrics(self):
        """Over admin.sock, which needs no token."""
        return metrics_at("--unix-socket", self.server.directory / "state" / "admin.sock", "http://x/metrics")

    def refused(self):
        return self.metrics()['isochrone_reports_total{result="refused"}']

    def post(self, body, token="paris", path="/api/v1/report"):
        """(status, error) of a report sent by hand, or of something else."""
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.admin_port, timeout=10, context=context)
        try:
            secret = self.tokens[token].read_text().strip()
            connection.request("POST", path, body, {"Authorization": f"Bearer {secret}"})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return response.status, json.loads(text)["error"] if text else ""


@pytest.fixture(name="world", scope="module")
def running_world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("worker"))
    try:
        with world.server:
            world.goes_to("near")
            yield world
    finally:
        world.workers.end_all()
        for gateway in world.gateways.values():
            gateway.shutdown()
            gateway.server_close()


def test_what_it_sees_moves_its_clients_until_it_falls_silent(world):
    with world.worker():
        wait_until(world.is_heard, 10, "the worker to be heard")
        world.gateways["near"].well_for_worker = False
        world.goes_to("middle")
        assert world.answer(NOT_COVERED) == [GATEWAYS["near"]]  # a tie is no majority
        assert "503" in world.sight()["reason"]
        told = json.loads(world.server.isochrone("probe", "receipts", GATEWAYS["near"], "--json").stdout)["targets"][0]["vantages"]
        assert [vantage["vantage"] for vantage in told] == ["test", "tokyo"]
        assert told[0]["receipts"][0]["result"] == "ok"  # the node's own
        assert told[1]["receipts"][0]["status"] == 503 and told[1]["receipts"][0]["phases_ms"]["connect"] >= 0
        for _ in range(6):  # a verdict that has been reported does not grow old between two reports
            assert world.answer() == [GATEWAYS["middle"]]
            assert world.sight()["fresh"]
        series = 'isochrone_gateway_up{pool="worker.example/svc",region="near",family="ipv4",vantage="%s"}'
        metrics = world.metrics()
        assert (metrics[series % "tokyo"], metrics[series % "test"]) == (0, 1)
    world.goes_to("near")  # nobody says any more that it is down
    world.gateways["near"].well_for_worker = True
    wait_until(lambda: world.vantage()["last_heard"] > FRESH, 5, "its silence to be seen in status")
    assert not world.sight()["fresh"]
    assert world.metrics()['isochrone_vantage_last_heard_seconds{vantage="tokyo"}'] > FRESH


def test_a_node_that_was_away_is_told_how_things_are_now(world):
    with world.worker() as worker:
        wait_until(world.is_heard, 10, "the worker to be heard")
        world.server.stop()
        worker.wait_for_text("reporting failed")
        world.gateways["near"].well_for_worker = False
        world.server.start()
        world.goes_to("middle")
        worker.wait_for_text("reporting works again")
        world.gateways["near"].well_for_worker = True
        world.goes_to("near")


@pytest.mark.parametrize(("who", "worker_says", "node_says"), [
    ({"name": "stranger", "vantage": "tokyo"}, "401: the node does not know this token", "the token is unknown"),
    ({"name": "thief", "vantage": "tokyo", "token": "paris"}, "403: this token may not probe as",
     "the token is of vantage paris, not of tokyo"),
    ({"name": "reader", "vantage": "tokyo", "token": "reader"}, "the node's admin.tokens must say probe:tokyo",
     "the token reader may not probe; it needs the right probe:VANTAGE"),
], ids=["a token nobody knows", "another vantage's token", "a token without the right"])
def test_refused(world, who, worker_says, node_says):
    before, reports = world.refused(), world.vantage()
    with world.worker(**who) as worker:
        worker.wait_for_text(worker_says)
        wait_until(lambda: world.refused() > before, 10, "the refusal to be counted")
        world.server.process.wait_for_text(node_says)
    assert world.vantage()["reports"] == reports["reports"]
    assert world.answer() == [GATEWAYS["near"]]


def test_a_port_that_speaks_no_tls_is_called_that(world):
    with world.worker(node=f"{GATEWAYS['near']}:{world.gateways['near'].server_port}") as worker:
        worker.wait_for_text("failed: wrong version number (does the port speak TLS?)")


def test_an_order_of_one_who_may_not_give_it_is_logged_once(world):
    for _ in range(3):
        told = world.post(json.dumps({"target": "near", "reason": "test"}), token="reader", path="/api/v1/drain")
        assert told == (403, "the token reader may not change; it needs the right change")
    world.server.process.wait_for_text('order refused from="token reader at 127.0.0.1" order=/api/v1/drain fault="the token reader may not change')
    assert world.server.process.text().count("order refused") == 1


def report(sequence=1, run=1, vantage="paris", **target):
    return json.dumps({"vantage": vantage, "run": run, "sequence": sequence, "targets": [target] if target else []})


def test_reports_that_are_no_good(world):
    key = "nobody's"
    assert world.post(report(sequence=5, key=key, verdict="up")) == (204, "")
    before = world.refused()
    bad = [
        ("not JSON", "hello", 400, "JSON"),
        ("half a report", report()[:20], 400, "JSON"),
        ("no object", "[]", 400, ""),
        ("nested a hundred thousand deep", "[" * 100_000, 400, ""),
        ("octets that are no UTF-8", b'{"vantage": "\xff\xfe"}', 400, ""),
        ("a sequence that is text", report(sequence="six"), 400, "sequence"),
        ("no such verdict", report(sequence=6, key=key, verdict="maybe"), 400, "verdict"),
        ("from the future", report(sequence=6, key=key, verdict="up", age_ms=-3_600_000), 400, "age_ms"),
        ("an absurd RTT", report(sequence=6, key=key, verdict="up", rtt_us=0), 409, "RTT"),
        ("a loss of 200 %", report(sequence=6, key=key, verdict="up", loss=2), 400, "loss"),
        ("a replay", report(sequence=5), 409, "report 5 came after report 5"),
        ("an old one", report(sequence=4), 409, "report 4 came after report 5"),
        ("in another's name", report(vantage="tokyo"), 403, "not of tokyo"),
    ]
    for name, body, status, words in bad:
        got, error = world.post(body)
        assert got == status and words in error, (name, got, error)
    with contextlib.suppress(ConnectionError):  # it is told 413, or the connection ends while it still sends
        assert world.post("x" * (9 << 20))[0] == 413
    assert world.refused() == before + len(bad)
    assert world.post(report(sequence=6)) == (204, "")  # none of them moved its sequence
    assert world.post(report(sequence=1, run=2)) == (204, "")
    assert "run" in world.post(report(sequence=7))[1]  # of the run before
    assert world.answer() == [GATEWAYS["near"]]
    log = world.server.process.text()
    assert "report refused" in log and "report 4 came after report 5" in log
    assert "reports are taken again" in log


@pytest.fixture(name="clock")
def wrong_clock(tmp_path):
    """Makes a library that moves the wall clock of what is started with it by so many seconds."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to make a wrong clock with")

    def library(seconds_off):
        (tmp_path / "clock.c").write_text(SHIM)
        subprocess.run([compiler, f"-DSECONDS_OFF={seconds_off}", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c"],
                       check=True)
        return str(tmp_path / "clock.so")
    return library


def test_a_clock_an_hour_fast_does_no_harm(world, clock):
    with world.worker(LD_PRELOAD=clock(3600)):
        wait_until(world.is_heard, 10, "the worker to be heard")
        world.gateways["near"].well_for_worker = False
        world.goes_to("middle")
        assert world.sight()["age"] < FRESH
        world.gateways["near"].well_for_worker = True
        world.goes_to("near")


def test_a_clock_an_hour_slow_is_named_where_it_matters(world, clock):
    # The node's certificate is younger than an hour.
    with world.worker(LD_PRELOAD=clock(-3600)) as worker:
        worker.wait_for_text("is not valid before")
