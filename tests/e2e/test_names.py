"""Gateways that are names: a steered CNAME, followed by a resolver that nobody told anything, and probed at the addresses that
the same resolver finds (docs/choice.md §2). The names are served by a server of their own; unbound stands between the two."""

import json
import re
import shutil
import socket
import subprocess

import pytest
from lab import Processes, wait_until
from ports import free_ports
from server import Server, rrset

pytestmark = pytest.mark.skipif(shutil.which("unbound") is None, reason="asks unbound")

HEAD = "$TTL 1\n@ SOA ns1 h 1 2h 30m 14d 1s\n@ NS ns1\nns1 A 127.0.0.1\n"
APP = "app.named.example"
WEST, EAST = "gw1.names.test.", "gw2.names.test."


class World:
    """names.test, unbound, and the server that steers."""

    def __init__(self, folder):
        self.listeners = {}
        self.port, self.unbound_port = free_ports(2)
        self.names = Server(folder / "names", zones=(), probes=())
        self.names_zone = folder / "names/zones/names.test.zone"
        (folder / "names/zones/names.test.yaml").write_text("zone: names.test\nrecords: names.test.zone\n")
        (folder / "names/probes/probes.yaml").write_text("regions: {}\n")
        self.resolve(gw1="127.0.3.1", gw2="127.0.3.2")
        self.server = Server(folder / "server", zones=(), probes=(), node=f"resolver: 127.0.0.1:{self.unbound_port}\n")
        (folder / "server/zones/named.example.zone").write_text(HEAD)
        (folder / "server/zones/named.example.yaml").write_text(
            "zone: named.example\nrecords: named.example.zone\ndefaults: {probe: port, ttl: 1s, ttl-min: 1s}\nwhy: {allow: 127.0.0.0/8}\nservices:\n"
            "  app: {gateways: {west: {name: gw1.names.test}, east: {name: gw2.names.test}}}\n"
            "  always: {probe: none, routing: priority, gateways: {east: {name: gw2.names.test}, west: {name: gw1.names.test}}}\n")
        (folder / "server/probes/probes.yaml").write_text(
            f"regions: {{west: {{}}, east: {{}}}}\nprobes: {{port: {{kind: tcp, port: {self.port}, interval: 200ms, timeout: 150ms, recheck: 50ms, "
            "fall: 2, rise: 2}}\nlatency: [{table: latency.csv}]\n")
        (folder / "server/probes/latency.csv").write_text("prefix,west,east\n0.0.0.0/0,10,50\n100.2.0.0/16,50,10\n")
        config = folder / "unbound.conf"
        config.write_text(
            f'server:\n  interface: 127.0.0.1@{self.unbound_port}\n  username: ""\n  chroot: ""\n  directory: "{folder}"\n  pidfile: ""\n'
            '  use-syslog: no\n  logfile: ""\n  do-daemonize: no\n  module-config: "iterator"\n  do-not-query-localhost: no\n  num-threads: 1\n'
            "  cache-max-negative-ttl: 1\n  msg-cache-size: 1m\n  rrset-cache-size: 1m\n  local-zone: test. nodefault\nremote-control:\n  control-enable: no\n"
            + "".join(f"stub-zone:\n  name: {zone}\n  stub-addr: 127.0.0.1@{port}\n"
                      for zone, port in (("names.test", self.names.port), ("named.example", self.server.port))))
        self.processes = Processes(folder)
        self.unbound_command = ["unbound", "-d", "-c", config]
        self.unbound = None

    def resolve(self, **names):
        self.names_zone.write_text(HEAD + "".join(f"{name} A {address}\n" for name, address in names.items()))

    def listen(self, address):
        self.listeners[address] = socket.create_server((address, self.port), backlog=64)

    def close(self, address):
        self.listeners.pop(address).close()

    def __enter__(self):
        self.names.start()
        self.unbound = self.processes.launch(self.unbound_command, "unbound")
        wait_until(lambda: "127.0.0.1" in self.resolved("ns1.names.test"), 15, "unbound to resolve")
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.names.stop()
        if self.unbound.running():
            self.unbound.end()
        for listener in self.listeners.values():
            listener.close()

    def resolved(self, name, rrtype="A"):
        """What unbound says, as dig +short tells it; a complaint of dig's where it is not listening yet."""
        return subprocess.run(["dig", "@127.0.0.1", "-p", str(self.unbound_port), "+tries=1", "+timeout=5", "+short", name, rrtype],
                              capture_output=True, text=True, timeout=30, check=False).stdout.splitlines()

    def given(self, client="100.1.1.0/24", rrtype="A", name=APP):
        answer = self.server.ask(name, rrtype, subnet=client)
        return rrset(answer, answer.answer, name, "CNAME")

    def verdicts(self):
        pools = json.loads(self.server.isochrone("status", "--json").stdout)["pools"]
        app = next(pool for pool in pools if pool["name"] == "named.example/app")
        return {address["address"]: address["verdict"] for gateway in app["gateways"] for address in gateway["addresses"]}


@pytest.fixture(name="world")
def named_world(tmp_path):
    (tmp_path / "names").mkdir()
    with World(tmp_path) as world:
        yield world


def test_a_resolver_follows_the_nearest_name_that_is_up(world):
    for address in ("127.0.3.1", "127.0.3.2"):
        world.listen(address)
    wait_until(lambda: world.verdicts() == {"gw1.names.test": "up", "gw2.names.test": "up"}, 15, "both to be up")
    assert world.given() == [WEST]
    assert world.given("100.2.1.0/24", "AAAA") == [EAST], "of either family, whatever type is asked for"
    assert world.given("100.2.1.0/24", "MX") == [EAST]
    assert world.given(name="app-east-01.regional.named.example") == [EAST], "and each by its regional name"
    wait_until(lambda: world.resolved(APP) == [WEST, "127.0.3.1"], 15, "unbound to follow it")
    assert world.given(name="always.named.example") == [EAST], "not probed: always up"

    told = world.server.isochrone("explain", APP, "--client", "100.2.1.0/24").stdout
    assert re.search(r"^answer +gw2\.names\.test$", told, re.M) and "lowest latency" in told, told
    why = world.server.ask("app._why.named.example", "TXT", subnet="100.2.1.0/24", tcp=True)
    assert any(line.startswith('"CNAME: gw2.names.test; TTL 1 s') for line in rrset(why, why.answer, "app._why.named.example", "TXT"))

    world.close("127.0.3.1")
    wait_until(lambda: world.given() == [EAST], 15, "west to be left")
    wait_until(lambda: world.resolved(APP) == [EAST, "127.0.3.2"], 15, "unbound to follow")
    metrics = world.server.metrics()
    for family in ("ipv4", "ipv6"):
        assert metrics[f'isochrone_gateway_up{{pool="named.example/app",region="west",family="{family}",vantage=""}}'] == 0


def test_a_name_that_moves_is_probed_where_it_is(world):
    world.listen("127.0.3.2")
    wait_until(lambda: world.verdicts() == {"gw1.names.test": "down", "gw2.names.test": "up"}, 15, "nobody to be at west's address")
    assert world.given() == [EAST]
    world.listen("127.0.3.9")
    world.resolve(gw1="127.0.3.9", gw2="127.0.3.2")
    wait_until(lambda: world.given() == [WEST], 20, "west to be found at its new address")


def test_a_name_that_is_gone_is_left_and_one_nobody_resolves_is_kept(world):
    for address in ("127.0.3.1", "127.0.3.2"):
        world.listen(address)
    wait_until(lambda: world.verdicts() == {"gw1.names.test": "up", "gw2.names.test": "up"}, 15, "both to be up")
    world.resolve(gw2="127.0.3.2")
    wait_until(lambda: world.given() == [EAST], 20, "a name that does not exist any more to be left")
    assert "gw1.names.test does not exist (NXDOMAIN)" in world.server.process.text()

    world.unbound.end()
    wait_until(lambda: "gw2.names.test is not resolved" in world.server.process.text(), 20, "the log to say it")
    assert world.given() == [EAST]
    assert world.verdicts()["gw2.names.test"] == "up", "at the address last known"
    world.close("127.0.3.2")
    wait_until(lambda: world.verdicts()["gw2.names.test"] == "down", 15, "that address to be probed still")
