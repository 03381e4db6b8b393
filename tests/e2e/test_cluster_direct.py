"""Workers and observers of a cluster: straight into etcd, over HTTPS where etcd does not take it, and passed on by the node that was told."""

import base64
import contextlib
import http.client
import json
import shutil
import signal
import ssl
import zlib

import pytest
from certificates import Authority
from cluster import Cluster, status_of
from lab import find_isochrone, wait_until
from test_cluster_health import PROBES, ZONE, answer_of, coded, listener, verdicts

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

BOTH = {"127.0.0.2": "up", "127.0.0.3": "up"}
OVER_HTTPS = "etcd does not take reports: they go to the nodes over HTTPS"
TOKYO = "isochrone/prod/live/vantage/tokyo"


def secret(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


class World:
    """Two nodes that measure nothing, two gateways, and tokens for who measures."""

    def __init__(self, folder, cluster=""):
        folder.mkdir(parents=True)
        self.folder = folder
        authority = Authority(folder / "ca")
        self.ca = authority.certificate
        tls = authority.issue("node", ["127.0.0.1"])
        tls[1].chmod(0o600)
        self.tokens = {name: secret(folder / f"{name}.token", f"{name}-secret-0123456789") for name in ("tokyo", "paris", "west", "nobody")}
        rights = {"tokyo": "probe:tokyo", "paris": "probe:paris", "west": "observe:west"}
        listed = "".join(f"    {name}: {{file: {self.tokens[name]}, may: [\"{right}\"]}}\n" for name, right in rights.items())
        self.cluster = Cluster(folder / "c", ["ns1", "ns2"], cluster=cluster)
        for node in self.cluster.nodes:
            node.config.write_text(node.config.read_text().replace(
                f"admin: 127.0.0.1:{node.admin_port}\n",
                f"admin:\n  listen: 127.0.0.1:{node.admin_port}\n  tls: {{cert: {tls[0]}, key: {tls[1]}}}\n  tokens:\n{listed}"))
        self.west = listener("127.0.0.2")
        self.port = self.west.getsockname()[1]
        self.east = listener("127.0.0.3", self.port)
        files = self.cluster.files
        (files / "probes/probes.yaml").write_text(PROBES.format(port=self.port, pace="interval: 1s, timeout: 500ms", vantages="{tokyo: {}, paris: {}}", more=""))
        (files / "probes/latency.csv").unlink()
        (files / "zones/steered.example.yaml").write_text(ZONE)

    def start(self):
        self.cluster.push()
        self.cluster.start()

    def set_east(self, up):
        if up:
            self.east = listener("127.0.0.3", self.port)
        else:
            self.east.close()

    @contextlib.contextmanager
    def runs(self, command, name, extra="", token=None, cluster=None):
        """`isochrone probe` or `observe`, until the block ends."""
        folder = self.folder / f"{name}-{len(self.cluster.processes.processes)}"
        folder.mkdir()
        nodes = ", ".join(f'{{node: "https://127.0.0.1:{node.admin_port}", token-file: {self.tokens[token or name]}, ca: {self.ca}}}'
                          for node in self.cluster.nodes)
        config = folder / "isochrone.yaml"
        config.write_text(f"node: {name}\nreport: [{nodes}]\n{extra}{self.cluster.cluster_yaml if cluster is None else cluster}")
        process = self.cluster.processes.launch([find_isochrone(), command, "--config", config], folder.name)
        try:
            yield process
        finally:
            assert process.end() == 0, process.text()[-4000:]
            assert "Sanitizer" not in process.text(), process.text()[-4000:]

    def all_see(self, expected, timeout=20):
        for node in self.cluster.nodes:
            wait_until(lambda n=node: verdicts(n) == expected, timeout, f"{node.directory.name} to see {expected}")

    def key(self, key):
        """(text, version, revision) of a value in etcd; None where there is none."""
        found = self.cluster.etcd.ask("/v3/kv/range", {"key": coded(key)}).get("kvs")
        if not found:
            return None
        return zlib.decompress(base64.b64decode(found[0]["value"])).decode(), int(found[0]["version"]), int(found[0]["mod_revision"])

    def put(self, key, value):
        self.cluster.etcd.ask("/v3/kv/put", {"key": coded(key), "value": base64.b64encode(value).decode()})

    def post(self, path, body, token, node=0):
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", self.cluster.nodes[node].admin_port, timeout=10, context=context)
        try:
            connection.request("POST", path, json.dumps(body), {"Authorization": f"Bearer {token}-secret-0123456789"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextlib.contextmanager
def world(folder, **settings):
    made = World(folder, **settings)
    try:
        with made.cluster:
            yield made
    finally:
        made.west.close()
        made.east.close()


def nothing_else_is_numbered(at):
    text, version, _ = at.key(TOKYO)
    wait_until(lambda: at.key(TOKYO)[1] >= version + 3, 20, "three values more")
    later, count, _ = at.key(TOKYO)
    return json.loads(later)["sequence"] - json.loads(text)["sequence"] == count - version


def test_a_worker_goes_into_etcd_and_over_https_while_etcd_is_away(tmp_path):
    with world(tmp_path / "w") as at:
        at.start()
        with at.runs("probe", "tokyo") as worker:
            worker.wait_for_text("reports go into etcd")
            at.all_see(BOTH)
            at.set_east(False)
            at.all_see(BOTH | {"127.0.0.3": "down"})
            for node in at.cluster.nodes:
                assert answer_of(node) == ["127.0.0.2"]
            # Nothing goes to the nodes meanwhile: every number is a value of the key. (On a busy machine etcd may be late once.)
            wait_until(lambda: nothing_else_is_numbered(at), 60, "a stretch in which all reports are values in etcd")
            assert len(json.loads(at.key(TOKYO)[0])["targets"]) == 2
            turns = worker.text().count(OVER_HTTPS)
            at.cluster.etcd.stop()
            wait_until(lambda: worker.text().count(OVER_HTTPS) > turns, 20, "the worker to go over HTTPS")
            at.set_east(True)
            at.all_see(BOTH)
            at.set_east(False)
            at.all_see(BOTH | {"127.0.0.3": "down"})
            turns = worker.text().count("reports go into etcd")
            at.cluster.etcd.start()
            wait_until(lambda: worker.text().count("reports go into etcd") > turns, 20, "etcd to be written again")
            at.set_east(True)
            at.all_see(BOTH)
            # An etcd that takes connections and says nothing is noticed long before its calls fail.
            turns = worker.text().count("reports go into etcd")
            at.cluster.etcd.process.popen.send_signal(signal.SIGSTOP)
            try:
                wait_until(lambda: "no answer within a second" in worker.text(), 20, "etcd's silence to be told")
                at.set_east(False)
                at.all_see(BOTH | {"127.0.0.3": "down"})
            finally:
                at.cluster.etcd.process.popen.send_signal(signal.SIGCONT)
            wait_until(lambda: worker.text().count("reports go into etcd") > turns, 20, "etcd to be written again")
            at.set_east(True)
            at.all_see(BOTH)
            # A key that somebody took away is there again.
            at.cluster.etcd.ask("/v3/kv/deleterange", {"key": coded(TOKYO)})
            wait_until(lambda: at.key(TOKYO), 10, "the key to be back")
            assert "reporting failed" not in worker.text()
            # With the nodes away it goes on measuring and telling.
            for node in at.cluster.nodes:
                node.stop()
            worker.wait_for_text("fetching the plan failed")
            before = at.key(TOKYO)[2]
            wait_until(lambda: at.key(TOKYO)[2] > before, 10, "it to go on by its last plan")


def test_a_role_for_its_own_key_is_enough(tmp_path):
    password = secret(tmp_path / "node-password", "nodes-password-long")
    with world(tmp_path / "w", cluster=f", user: {{name: node, password-file: {password}}}") as at:
        ask = at.cluster.etcd.ask
        for name, word in (("root", "root-password-long"), ("node", "nodes-password-long"), ("tokyo", "tokyos-password-long")):
            ask("/v3/auth/user/add", {"name": name, "password": word})
        ask("/v3/auth/role/add", {"name": "tokyo"})
        ask("/v3/auth/role/grant", {"name": "tokyo", "perm": {"permType": "READWRITE", "key": coded(TOKYO)}})
        for name, role in (("root", "root"), ("node", "root"), ("tokyo", "tokyo")):
            ask("/v3/auth/user/grant", {"user": name, "role": role})
        ask("/v3/auth/enable", {})
        at.start()
        own = secret(tmp_path / "tokyo-password", "tokyos-password-long")
        etcd = f'cluster: {{name: prod, etcd: ["{at.cluster.etcd.url}"], user: {{name: tokyo, password-file: {own}}}}}\n'
        with at.runs("probe", "tokyo", cluster=etcd) as worker:
            worker.wait_for_text("reports go into etcd")
            at.all_see(BOTH)
        # The same user in another's name: etcd refuses, and the nodes are told.
        with at.runs("probe", "paris", cluster=etcd) as worker:
            worker.wait_for_text(OVER_HTTPS)
            assert "permission denied" in worker.text()
            wait_until(lambda: next(v for v in status_of(at.cluster.nodes[1])["vantages"] if v["name"] == "paris")["up"] == 2, 15, "paris to be heard")


def test_a_part_that_is_passed_on_does_not_take_the_whole_away(tmp_path):
    with world(tmp_path / "w") as at:
        at.start()
        with at.runs("probe", "tokyo") as worker:  # what the targets are called
            worker.wait_for_text("reports go into etcd")
            wait_until(lambda: len(json.loads(at.key(TOKYO)[0])["targets"]) == 2, 15, "both targets in etcd")
            keys = [target["key"] for target in json.loads(at.key(TOKYO)[0])["targets"]]

        def report(sequence, **verdicts_by_key):
            return {"vantage": "paris", "run": 5, "sequence": sequence,
                    "targets": [{"key": key, "verdict": verdict, "age_ms": 0, "since_ms": 0} for key, verdict in verdicts_by_key.items()]}

        assert at.post("/api/v1/report", report(1, **dict.fromkeys(keys, "up")), "paris")[0] == 204
        assert at.post("/api/v1/report", report(2, **{keys[1]: "down"}), "paris")[0] == 204
        key = "isochrone/prod/live/vantage/paris"
        wait_until(lambda: at.key(key) and json.loads(at.key(key)[0])["sequence"] == 2, 10, "the second report in etcd")
        told = {target["key"]: target["verdict"] for target in json.loads(at.key(key)[0])["targets"]}
        assert told == {keys[0]: "up", keys[1]: "down"}
        assert at.post("/api/v1/report", report(2), "paris", node=1)[0] == 204  # known there through etcd


def gateway(node, region="west"):
    found = [g for g in status_of(node)["observed"]["gateways"] if g["region"] == region]
    return found[0] if found else {"reports": 0, "networks": 0, "refused": 0}


def window(sequence, network, region="west", run=9):
    return {"region": region, "run": run, "sequence": sequence, "forgotten": 0,
            "networks": [{"network": network, "samples": 5, "rtt_us": 30000, "spread_us": 500, "least_us": 29000, "age_ms": 0}]}


def packed(*windows):
    return zlib.compress("".join(json.dumps(one) + "\n" for one in windows).encode())


def test_what_a_gateway_observes_reaches_every_node(tmp_path):
    with world(tmp_path / "w") as at:
        at.start()
        nodes = at.cluster.nodes
        # Told to one node over HTTPS; passed on.
        assert at.post("/api/v1/observations", window(1, "100.30.1.0/24"), "west")[0] == 204
        wait_until(lambda: gateway(nodes[1])["networks"] == 1, 10, "the other node to have it")
        # Straight into etcd: a minute's reports in one value, each taken once.
        key = "isochrone/prod/live/observed/west/gw2"
        at.put(key, packed(window(1, "100.30.2.0/24", run=8)))
        at.put(key, packed(window(1, "100.30.2.0/24", run=8), window(2, "100.30.3.0/24", run=8), window(3, "100.30.4.0/24", run=8)))
        for node in nodes:
            wait_until(lambda n=node: gateway(n)["networks"] == 4, 10, "every node to have all")
            assert (gateway(node)["reports"], gateway(node)["refused"]) == (4, 0)
        assert at.post("/api/v1/observations", window(3, "100.30.4.0/24", run=8), "west", node=1)[0] == 204  # known
        # Another region's column, and rubbish.
        for bad in (packed(window(4, "100.30.9.0/24", run=8), window(1, "100.30.9.0/24", region="east", run=8)), b"{}", b"x\x9crubbish",
                    zlib.compress(b"\n" * (20 << 20))):
            before = [status_of(node)["cluster"]["misunderstood"] for node in nodes]
            at.put(key, bad)
            for node, count in zip(nodes, before):
                wait_until(lambda n=node, c=count: status_of(n)["cluster"]["misunderstood"] > c, 10, "it to be counted")
        for node in nodes:
            assert (gateway(node)["networks"], gateway(node, "east")["networks"]) == (4, 0)
            assert node.process.text().count("it speaks of region east") == 1
        # The observer itself: what it sees on loopback are no clients, but it is heard, with a token that nobody knows.
        with at.runs("observe", "gw1", f"observe: {{region: east, ports: [{at.port}]}}\n", token="nobody") as observer:
            for node in nodes:
                wait_until(lambda n=node: gateway(n, "east")["reports"] >= 1, 30, "the observer to be heard")
            assert "reports go into etcd" in observer.text()
            at.cluster.etcd.stop()
            observer.wait_for_text(OVER_HTTPS)
            observer.wait_for_text("401: the node does not know this token")
