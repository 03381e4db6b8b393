"""Gateways that fail are left out, and come back; on loopback, with an imported table that says who is nearest."""

import json
import sys

import pytest
from lab import ROOT, Processes, wait_until
from ports import free_ports
from server import Server, option_of, rrset

CLIENT = "198.18.1.0/24"
NAME = "svc.health.example"
GATEWAYS = {"near": "127.0.1.10", "middle": "127.0.2.10", "far": "127.0.3.10"}


def files(port):
    return {
        "zones/health.example.yaml":
            "zone: health.example\nrecords: health.example.zone\ndefaults: {probe: gateway, ttl: 9s, ttl-min: 2s}\n"
            "services:\n  svc: {gateways: {near: [127.0.1.10], middle: [127.0.2.10], far: [127.0.3.10]}}\n"
            "  nothing: {all-down: nodata, gateways: {near: [127.0.1.10]}}\n"
            "  fault: {all-down: servfail, gateways: {near: [127.0.1.10]}}\n"
            "  page: {all-down: [192.0.2.200], gateways: {near: [127.0.1.10]}}\n",
        "zones/health.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml":
            f"regions: {{near: {{}}, middle: {{}}, far: {{}}}}\nprobes: {{gateway: {{kind: http, port: {port}, interval: 500ms, "
            "timeout: 400ms, recheck: 100ms, fall: 2, rise: 2}}\nlatency: [{table: latency.csv}]\n",
        "probes/latency.csv": "prefix,near,middle,far\n198.18.0.0/15,10,50,90\n",
    }


class World:
    """A server, and gateways that do as their control files say."""

    def __init__(self, folder):
        self.port, = free_ports(1)
        self.server = Server(folder, zones=(), probes=())
        for name, text in files(self.port).items():
            (folder / name).write_text(text)
        self.processes = Processes(folder / "gateways")
        self.gateways = {region: self.gateway(region) for region in GATEWAYS}

    def control(self, region):
        return self.processes.directory / f"{region}.control"

    def gateway(self, region):
        process = self.processes.launch(
            [sys.executable, ROOT / "tests" / "lab" / "gateway.py", region, GATEWAYS[region], "--port", self.port,
             "--control", self.control(region)], region)
        process.wait_for_text("ready")
        return process

    def answer(self, name=NAME, client=CLIENT):
        answer = self.server.ask(name, "A", subnet=client)
        return rrset(answer, answer.answer, name, "A"), answer

    def goes_to(self, region):
        wait_until(lambda: self.answer()[0] == [GATEWAYS[region]], 15, f"the client to be sent to {region}")


@pytest.fixture(name="world")
def running_world(tmp_path):
    world = World(tmp_path)
    try:
        with world.server:
            world.goes_to("near")
            yield world
    finally:
        world.processes.end_all()


def test_refused(world):
    world.gateways["near"].end()
    world.goes_to("middle")
    world.gateways["middle"].end()
    world.goes_to("far")
    world.gateways["near"] = world.gateway("near")
    world.goes_to("near")


def test_a_failover_is_measured_against_its_bound(world):
    up = 'isochrone_gateway_up{pool="health.example/svc",region="near",family="ipv4",vantage=""}'
    wait_until(lambda: world.server.metrics().get(up) == 1, 15, "the near gateway to be up")  # what is unknown cannot fail
    world.gateways["near"].end()
    world.goes_to("middle")
    status = json.loads(world.server.isochrone("status", "--json").stdout)
    pool = next(pool for pool in status["pools"] if pool["name"] == "health.example/svc")
    last = pool["last_failover"]
    assert (last["region"], last["address"]) == ("near", GATEWAYS["near"])
    # interval 500 ms, timeout 400 ms, recheck 100 ms, fall 2; the TTL of 9 s is the resolvers'.
    assert pool["failover_limit"] == pytest.approx(1.1 * 0.5 + 2 * 0.4 + 0.1 + 0.05)
    assert 0.05 <= last["took"] < 2 * pool["failover_limit"]
    assert pool["failovers"] == 1 and pool["late_failovers"] == (last["took"] > pool["failover_limit"])
    metrics = world.server.metrics()
    assert metrics['isochrone_pool_last_failover_seconds{pool="health.example/svc"}'] == pytest.approx(last["took"])
    assert sum(metrics[f'isochrone_pool_failovers_total{{pool="health.example/svc",kept="{kept}"}}'] for kept in ("yes", "no")) == 1
    shown = world.server.isochrone("status").stdout
    assert "health.example/svc" in shown.split("failovers, from")[1]


@pytest.mark.parametrize("order", ["503", "hang"])
def test_there_but_not_well(world, order):
    world.control("near").write_text(order)
    world.goes_to("middle")
    world.control("near").write_text("")
    world.goes_to("near")


def test_the_ttl_is_lowered_while_a_gateway_fails(world):
    assert world.answer()[1].answer[0].ttl == 9
    # Long enough between the first failure and the second that nobody can miss it.
    probes = world.server.directory / "probes" / "probes.yaml"
    probes.write_text(probes.read_text().replace("interval: 500ms", "interval: 3s").replace("recheck: 100ms", "recheck: 3s"))
    assert world.server.isochrone("reload").returncode == 0
    world.gateways["near"].end()
    seen = []

    def moved():
        addresses, answer = world.answer()
        if addresses == [GATEWAYS["near"]]:
            seen.append(answer.answer[0].ttl)
        return addresses == [GATEWAYS["middle"]]
    wait_until(moved, 15, "the client to be sent elsewhere", every=0.001)
    assert set(seen) <= {9, 2} and 2 in seen
    assert world.answer()[1].answer[0].ttl == 9


def test_all_down(world):
    for gateway in world.gateways.values():
        gateway.end()
    wait_until(lambda: world.answer("page.health.example")[0] == ["192.0.2.200"], 15, "the fixed address to be answered")
    wait_until(lambda: not world.answer("nothing.health.example")[0], 15, "NODATA")
    assert world.answer("nothing.health.example")[1].authority[0].ttl == 2  # ttl-min, and not the zone's negative TTL
    assert world.server.metrics()['isochrone_pool_ttl_lowered{pool="health.example/nothing",reason="all-down"}'] == 1
    assert "2 s: lowered: all gateways are down" in world.server.isochrone("explain", "nothing.health.example", "--client", CLIENT).stdout
    wait_until(lambda: world.answer("fault.health.example")[1].rcode() == 2, 15, "SERVFAIL")
    world.goes_to("near")  # serve-nearest: the client's own ranking, as if all were up
    answer = world.answer()[1]
    assert option_of(answer, 15) is not None  # EDE: the answer is degraded


def test_drain_and_undrain(world):
    done = world.server.isochrone("drain", "near", "--reason", "test", "--for", "1h")
    assert done.returncode == 0, done.stderr
    world.goes_to("middle")
    world.server.stop()
    world.server.start()
    world.goes_to("middle")  # kept over a restart
    assert world.server.isochrone("undrain", "near").returncode == 0
    world.goes_to("near")


def test_a_drain_takes_clients_away_little_by_little(world):
    probes = world.server.directory / "probes" / "probes.yaml"
    probes.write_text(probes.read_text() + "guards: {drain-rate: 60%}\n")
    assert world.server.isochrone("reload").returncode == 0
    networks = [f"198.{18 + i // 16}.{i % 16 * 16}.0/24" for i in range(32)]  # a /20 each leaves as a whole

    def left():
        return {client for client in networks if world.answer(client=client)[0] != [GATEWAYS["near"]]}
    assert not left()
    done = world.server.isochrone("drain", "near", "--reason", "test")
    assert done.returncode == 0, done.stderr
    assert "the last after 100s (guard drain-rate)" in done.stdout
    seen = set()
    wait_until(lambda: seen.update(left()) or len(seen) >= 2, 30, "the first to leave")
    assert len(seen) < 28
    assert " % drained" in world.server.isochrone("status").stdout
    # Ordered again, it goes on from where it is: who has left stays away.
    assert world.server.isochrone("drain", "near", "--reason", "another").returncode == 0
    assert seen <= left()
    assert world.server.isochrone("undrain", "near").returncode == 0
    wait_until(lambda: not left(), 5, "all to be back at once")


def test_explain_says_what_is_answered(world):
    done = world.server.isochrone("explain", NAME, "--client", CLIENT)
    assert done.returncode == 0, done.stderr
    assert "127.0.1.10" in done.stdout and "near" in done.stdout


def test_a_dead_gateway_is_seen_in_the_metrics(world):
    world.gateways["far"].end()
    wait_until(lambda: any(value == 0 and 'region="far"' in series for series, value in world.server.metrics().items()
                           if series.startswith("isochrone_gateway_up")), 15, "the metric to say so")
