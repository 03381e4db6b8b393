"""Two nodes without etcd: copies of the files, as docs/cluster.md has them made, and a worker that reports to both.

What is replaced in the page: the second machine by an `ssh` that runs its command beside the second node, /etc/isochrone by the nodes'
folders, and names and files of the worker's `report:` by the nodes' addresses.
"""

import contextlib
import json
import shutil
import signal
import sys

import pytest
from lab import ROOT, Processes, find_isochrone, wait_until
from pages import Shell, blocks
from ports import free_ports
from server import Server, rrset
from test_cluster_health import listener, verdicts

sys.path.insert(0, str(ROOT / "tests" / "lab"))
from certificates import Authority  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed")

WEST, EAST = "127.0.0.2", "127.0.0.3"
PROBES = """regions: {{west: {{}}, east: {{}}}}
probes: {{tcp: {{kind: tcp, port: {port}, interval: 500ms, timeout: 300ms, recheck: 100ms, fall: 2, rise: 1}}}}
vantages: {{tokyo: {{covers: [198.51.100.0/24]}}}}
"""
ZONE = f"""zone: two.example
records: two.example.zone
defaults: {{probe: tcp, ttl: 5s, ttl-min: 1s}}
services: {{shop: {{gateways: {{west: [{WEST}], east: [{EAST}]}}}}}}
"""
RECORDS = "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\n@ IN NS ns2\nns1 IN A 192.0.2.53\nns2 IN A 198.51.100.53\n"


class Pair:
    """ns1 with the files, ns2 with nothing yet but its own isochrone.yaml, and two gateways."""

    def __init__(self, folder, port):
        authority = Authority(folder / "ca")
        self.ca, (certificate, key) = authority.certificate, authority.issue("node", ["127.0.0.1"])
        self.token = folder / "token"
        self.token.write_text("tokyo-secret-0123456789\n")
        for secret in (self.token, key):
            secret.chmod(0o600)
        self.nodes = [Server(folder / name, [], [], name=name) for name in ("ns1", "ns2")]
        for node in self.nodes:
            bare = f"admin: 127.0.0.1:{node.admin_port}\n"
            node.config.write_text(node.config.read_text().replace(
                bare, f"admin: {{listen: 127.0.0.1:{node.admin_port}, tls: {{cert: {certificate}, key: {key}}}, "
                f"tokens: {{tokyo: {{file: {self.token}, may: [\"probe:tokyo\"]}}}}}}\n"))
        self.first, self.second = self.nodes
        files = {"zones/two.example.yaml": ZONE, "zones/two.example.zone": RECORDS, "probes/probes.yaml": PROBES.format(port=port)}
        for name, text in files.items():
            (self.first.directory / name).write_text(text)
        there, etc = "ns2.example:", "/etc/isochrone"
        self.shell = Shell(folder / "shell", {there + etc: f"{there}{self.second.directory}", etc: self.first.directory})
        ssh = self.shell.tools / "ssh"
        ssh.write_text(f'#!/bin/sh\n[ "$1" = ns2.example ] || exit 9\nshift\ncd {self.second.directory} && exec "$@"\n')
        ssh.chmod(0o755)
        self.copying, self.reporting = blocks(ROOT / "docs/cluster.md", "Two nodes without etcd")
        self.workers = Processes(folder / "workers")

    def copy(self, commands=3):
        """The page's commands up to the copy and the check behind it; the last one asks the second node."""
        self.shell.run("\n".join(self.copying.splitlines()[:commands]))

    def start_worker(self):
        text = self.reporting.replace("token-file: token", f"token-file: {self.token}, ca: {self.ca}")
        for node, name in zip(self.nodes, ("ns1", "ns2")):
            text = text.replace(f"{name}.example:9353", f"127.0.0.1:{node.admin_port}")
        folder = self.workers.directory / "tokyo"
        folder.mkdir()
        (folder / "isochrone.yaml").write_text(f"node: tokyo\n{text}")
        return self.workers.launch([find_isochrone(), "probe", "--config", folder / "isochrone.yaml"], "tokyo")

    def answers(self):
        found = [node.ask("shop.two.example", "A", subnet="198.51.100.0/24") for node in self.nodes]
        return [rrset(answer, answer.answer, "shop.two.example", "A") for answer in found]


def tokyo(node):
    return next(v for v in json.loads(node.isochrone("status", "--json").stdout)["vantages"] if v["name"] == "tokyo")


@pytest.fixture(name="gateways")
def two_gateways():
    port = free_ports(1)[0]
    with contextlib.ExitStack() as held:
        yield port, held, {address: held.enter_context(listener(address, port)) for address in (WEST, EAST)}


@pytest.fixture(name="pair")
def two_nodes(tmp_path, gateways):
    pair = Pair(tmp_path, gateways[0])
    pair.copy()
    try:
        for node in pair.nodes:
            node.start()
        yield pair
    finally:
        pair.workers.end_all()
        for node in pair.nodes:
            if node.process and node.process.running():
                node.stop()


def test_a_change_reaches_each_by_its_own_copy(pair):
    assert "last load good" in pair.shell.run(pair.copying)
    zone = pair.first.directory / "zones/two.example.zone"
    zone.write_text(zone.read_text() + "new IN A 192.0.2.99\n")
    has_it = lambda node: bool(node.ask("new.two.example", "A").answer)
    wait_until(lambda: has_it(pair.first), 10, "the first node to have loaded it")
    assert not has_it(pair.second)
    pair.copy()
    wait_until(lambda: has_it(pair.second), 10, "the second node to have loaded it")
    # Files with a mistake are not copied, and nobody serves them.
    services = pair.first.directory / "zones/two.example.yaml"
    services.write_text(services.read_text().replace("probe: tcp", "probe: tpc"))
    assert "did you mean 'tcp'" in pair.shell.run(pair.copying, status=1)
    assert "tpc" not in (pair.second.directory / "zones/two.example.yaml").read_text()
    services.write_text(ZONE)
    # What is gone on the first is gone on the second.
    (pair.first.directory / "probes/more.yaml").write_text("regions: {north: {}}\n")
    pair.copy()
    (pair.first.directory / "probes/more.yaml").unlink()
    pair.copy(commands=4)
    assert not (pair.second.directory / "probes/more.yaml").exists()


def test_a_worker_reports_to_both_and_either_may_be_lost(pair, gateways):
    worker, (port, held, listeners) = pair.start_worker(), gateways
    wait_until(lambda: all(tokyo(node)["up"] == 2 for node in pair.nodes), 15, "the worker's verdicts at both nodes")
    wait_until(lambda: all(verdicts(node) == {WEST: "up", EAST: "up"} for node in pair.nodes), 15, "all to be up at both nodes")
    assert pair.answers()[0] == pair.answers()[1] != []
    lost = pair.answers()[0][0]
    left = EAST if lost == WEST else WEST
    listeners[lost].close()
    wait_until(lambda: pair.answers() == [[left], [left]], 15, "both nodes to leave the dead gateway")
    # One node is killed: the other one answers, and the worker tells it what is new.
    pair.first.process.end(signal.SIGKILL)
    before = tokyo(pair.second)["reports"]
    held.enter_context(listener(lost, port))
    wait_until(lambda: verdicts(pair.second)[lost] == "up" and tokyo(pair.second)["up"] == 2, 15, "the second node to see it back")
    assert tokyo(pair.second)["reports"] > before and worker.running()
    assert pair.second.ask("shop.two.example", "A").answer
    # It comes back, and is told how things are.
    pair.first.start()
    wait_until(lambda: tokyo(pair.first)["up"] == 2, 15, "the worker's verdicts at the node that was lost")
    assert worker.end() == 0, worker.text()[-2000:]
