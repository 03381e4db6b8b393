"""Clients measured by the gateways: what a report moves, what it cannot, and that nothing of it is lost."""

import json

import dns.edns
import pytest
from lab import wait_until
from observers import Gateways, runs
from server import Server, option_of, rrset

NAME = "shop.steered.example"
ADDRESS = {"west": "192.0.2.10", "north": "198.51.100.10", "east": "203.0.113.10"}
# The table says of all of them: west 90 ms, north 20, east 70.
NEARER, SLOW, LIED = "100.30.20.0/24", "100.30.30.0/24", "100.30.40.0/24"
SPAN = 60  # ms, steering.correction


class Node(Gateways):
    def __init__(self, folder):
        server = Server(folder / "node", ["steered.example.yaml", "steered.example.zone"],
                        replace=[("zone: steered.example\n", "zone: steered.example\nwhy: {allow: [127.0.0.0/8]}\n"),
                                 ("steering: {margin: 5ms, dwell: 30s}",
                                  f"steering: {{margin: 1ms, dwell: 0ms, correction: {SPAN}ms}}")])
        super().__init__(server, folder, ADDRESS)

    def region(self, client, rrtype="A"):
        given = rrset(*(lambda a: (a, a.answer))(self.server.ask(NAME, rrtype, subnet=client)), NAME, rrtype)
        return next((region for region, address in ADDRESS.items() if given == [address]), given)

    def goes_to(self, region, client):
        wait_until(lambda: self.region(client) == region, 15, f"{client} to be sent to {region}")

    def gateway(self, region):
        status = json.loads(self.server.isochrone("status", "--json").stdout)
        return next(g for g in status["observed"]["gateways"] if g["region"] == region)

    def explained(self, client):
        """{region: its line} of explain."""
        text = self.server.isochrone("explain", NAME, "--client", client, "--json").stdout
        return {line["region"]: line for line in json.loads(text)["estimates"]}

    def is_seen(self, region, client):
        return "observed" in self.explained(client)[region]


@pytest.fixture(scope="module", name="node")
def running_node(tmp_path_factory):
    node = Node(tmp_path_factory.mktemp("observe"))
    with node.server:
        yield node


def test_clients_go_where_their_gateways_say_it_is_nearer(node):
    assert node.region(NEARER) == "north"
    # 30 ms of access; the way east is 36 ms shorter than the table has it, the way north 30 ms longer.
    assert node.observe("north", {NEARER: 80}) == (204, "")
    assert node.observe("east", {NEARER: 64}) == (204, "")
    node.goes_to("east", NEARER)
    line = node.explained(NEARER)["east"]
    assert line["source"].startswith(f"observed, {NEARER}; its gateway measured 64.00 ms (1000 samples); gateways measure ") and line["chosen"]
    assert line["observed"]["moved_ms"] == -SPAN / 2 and line["observed"]["clipped"] and line["age"] is not None
    assert option_of(node.server.ask(NAME, subnet=NEARER), dns.edns.OptionType.ECS).scopelen == 24
    assert node.region("100.30.21.0/24") == "north"
    told = node.server.ask("shop._why.steered.example", "TXT", subnet=NEARER, tcp=True)
    lines = [text.strip('"') for text in rrset(told, told.answer, "shop._why.steered.example", "TXT")]
    assert any(text.startswith("A 1 east: 40.00 ms, up, observed, ") and text.endswith(" ago, given") for text in lines), lines


def test_a_slow_access_network_seen_by_one_gateway_moves_nobody(node):
    assert node.observe("north", {SLOW: 320}) == (204, "")
    wait_until(lambda: node.is_seen("north", SLOW), 15, "the report to be told")
    line = node.explained(SLOW)["north"]
    assert node.region(SLOW) == "north" and line["estimate_ms"] == 20 and line["observed"]["rtt_ms"] == 320
    assert line["observed"]["access_ms"] == 300 and line["observed"]["moved_ms"] == 0


@pytest.mark.parametrize("lie", [0.001, 60000])
def test_a_liar_moves_nobody_further_than_the_bound(node, lie):
    client = LIED if lie < 1 else LIED.replace(".40.", ".41.")
    assert node.observe("east", {client: lie}, samples=4294967295) == (204, "")
    assert node.observe("north", {client: 20}) == (204, "")
    wait_until(lambda: node.is_seen("north", client) and node.is_seen("east", client), 15, "both to be told")
    lines = node.explained(client)
    shift = (lines["east"]["estimate_ms"] - 70) - (lines["north"]["estimate_ms"] - 20)
    assert 0 < abs(shift) <= SPAN and (shift < 0) == (lie < 1), lines
    assert lines["west"]["estimate_ms"] == 90 and "observed" not in lines["west"]
    assert node.gateway("east")["clipped"] >= 1
    assert node.server.metrics()['isochrone_observed_clipped_cells{region="east"}'] >= 1


def test_only_its_own_column_and_nothing_twice(node):
    before, north_before = node.gateway("west"), node.gateway("north")
    assert node.observe("west", {SLOW: 1}, token="north")[0] == 403
    assert node.observe("west", {SLOW: 1}, token="stranger")[0] == 401
    assert node.observe("west", {SLOW: 1}, token="ops")[0] == 403
    assert node.observe("west", {NEARER: 90}, run=1, sequence=5) == (204, "")
    assert node.observe("west", {NEARER: 9}, run=1, sequence=5) == (409, "report 5 came after report 5")
    assert node.observe("west", {NEARER: 9}, run=1, sequence=4)[0] == 409
    for wrong in ({NEARER: 0}, {NEARER: 1e9}, {NEARER: -5}, {"100.30.0.0/16": 5}, {"100.30.20.7/24": 5}, {"0.0.0.0/0": 5}):
        assert node.observe("west", wrong)[0] in (400, 409), wrong
    for text in ("hello", "[]", "{}", '{"region": "west", "run": 1, "sequence": 9, "networks": [NaN]}', "[" * 100000):
        assert node.post(text, "west")[0] == 400, text[:40]
    assert node.post("x" * (9 << 20), "west")[0] == 413
    after = node.gateway("west")
    assert after["networks"] == before["networks"] + 1 and after["refused"] == before["refused"] + 13, "replays, absurd and malformed ones"
    assert node.gateway("north")["refused"] == north_before["refused"] + 1, "who wrote in a column that is not its own"
    assert node.server.metrics()['isochrone_observer_reports_total{region="west",result="refused"}'] == after["refused"]
    wait_until(lambda: node.is_seen("west", NEARER), 15, "the good one to be told")
    assert node.explained(NEARER)["west"]["observed"]["rtt_ms"] == 90


def test_a_flood_is_refused_and_the_node_answers_on(node):
    run = next(runs)
    statuses = [node.observe("east", {f"100.31.{i}.0/24": 30}, run=run, sequence=i + 1)[0] for i in range(30)]
    assert 409 in statuses and node.region("100.20.1.0/24") == "west"
    assert node.server.metrics()['isochrone_observer_reports_total{region="east",result="refused"}'] >= statuses.count(409)
    text = node.server.process.text()
    assert text.count("more than a report a second") == 1, "said once"


def test_it_comes_back_after_a_restart_and_a_reload(tmp_path):
    node = Node(tmp_path)
    with node.server:
        node.observe("north", {NEARER: 80})
        node.observe("east", {NEARER: 64})
        node.goes_to("east", NEARER)
        file = node.server.directory / "probes" / "latency.csv"
        file.write_text(file.read_text() + "100.40.0.0/16,1,2,3\n")
        assert node.server.isochrone("reload").returncode == 0
        assert node.region(NEARER) == "east", "with the reload, not after it"
    # Whom may observe is known at the start alone; a region that is renumbered keeps its column.
    probes = node.server.directory / "probes" / "probes.yaml"
    probes.write_text(probes.read_text().replace("  west: {}\n  north: {}\n", "  north: {}\n  west: {}\n"))
    with node.server:
        assert node.region(NEARER) == "east", "with the first answer"
        assert node.explained(NEARER)["east"]["observed"]["rtt_ms"] == 64
        assert node.server.isochrone("simulate", "--lose", "east").returncode in (0, 1)
    state = node.server.directory / "state" / "observations"
    state.write_text(state.read_text()[:-20])
    with node.server:
        assert node.region(NEARER) == "north"
        assert "corrupt state was set aside" in json.dumps(json.loads(node.server.isochrone("status", "--json").stdout)["notices"])
