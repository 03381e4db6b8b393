"""Routing methods: what each gives to whom, asked of one running server (docs/choice.md §5)."""

import collections
import contextlib
import re
import socket
import time

import pytest
from lab import ROOT, wait_until
from ports import free_ports
from server import Server, option_of, rrset

ECS = 8
WEST, NORTH, EAST = "192.0.2.10", "198.51.100.10", "203.0.113.10"


@pytest.fixture(scope="module", name="server")
def methods_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("methods"), ["methods.example.yaml", "methods.example.zone"],
                ("methods.probes.yaml", "latency.csv", "places.csv")) as server:
        yield server


def ask(server, service, client="100.20.3.0/24"):
    """The addresses, sorted, and the scope."""
    name = f"{service}.methods.example"
    answer = server.ask(name, "A", subnet=client)
    return rrset(answer, answer.answer, name, "A"), option_of(answer, ECS).scopelen


NEAR_WEST, NEAR_NORTH, NEAR_EAST = "100.20.3.0/24", "100.30.8.0/24", "100.30.7.0/24"


@pytest.mark.parametrize("client", [NEAR_WEST, NEAR_NORTH, NEAR_EAST])
def test_priority_is_the_order_written_for_everybody(server, client):
    assert ask(server, "priority", client) == ([WEST], 0)


def test_equal_priorities_are_ranked_by_latency(server):
    assert ask(server, "numbered", NEAR_NORTH)[0] == [NORTH]
    assert ask(server, "numbered", NEAR_EAST)[0] == [EAST]
    assert ask(server, "numbered", NEAR_WEST)[0] != [WEST]


def test_priority_falls_to_the_next(server):
    """A drain takes the first out, as a failed probe would."""
    with drained(server, "west"):
        assert ask(server, "priority")[0] == [NORTH]
    assert ask(server, "priority")[0] == [WEST]


def test_weighted_networks_keep_their_answer_and_share_by_weight(server):
    given = collections.Counter()
    for i in range(256):
        client = f"30.{i}.16.0/24"
        addresses, scope = ask(server, "weighted", client)
        assert (addresses, scope) == ask(server, "weighted", f"30.{i}.31.0/24"), "of one /20"
        assert scope == 20
        given[addresses[0]] += 1
    assert set(given) == {WEST, EAST}
    assert 0.75 - 0.12 < given[WEST] / 256 < 0.75 + 0.12  # four standard deviations; the hash is the same every time


def test_weighted_per_answer_is_drawn_anew(server):
    given = collections.Counter()
    for _ in range(64):
        addresses, scope = ask(server, "drawn")
        assert scope == 0
        given[addresses[0]] += 1
    assert set(given) == {WEST, EAST}


def test_multivalue_gives_all_there_is_room_for(server):
    assert ask(server, "several") == (sorted([WEST, NORTH, EAST, "203.0.113.11"]), 0)


@pytest.mark.parametrize("client, given", [(NEAR_WEST, WEST), (NEAR_EAST, EAST)])
def test_multivalue_gives_the_nearest_ones(server, client, given):
    addresses, scope = ask(server, "two", client)
    assert len(addresses) == 2 and given in addresses
    assert scope > 0


def test_multivalue_in_the_additional_section(server):
    answer = server.ask("mx.methods.example", "MX", subnet=NEAR_WEST)
    assert len(rrset(answer, answer.additional, "two.methods.example", "A")) == 2


@pytest.mark.parametrize("client, given", [
    ("100.30.8.0/24", WEST), ("100.30.7.0/24", NORTH), ("100.30.0.0/16", WEST), ("10.9.8.0/24", WEST)])
def test_subnet_is_the_longest_prefix(server, client, given):
    addresses, scope = ask(server, "networks", client)
    assert addresses == [given]
    assert scope >= 8


def test_subnet_serves_the_rest(server):
    addresses, scope = ask(server, "networks", "100.20.3.0/24")
    assert addresses == [EAST] and scope > 0
    assert ask(server, "networks", "192.168.1.0/24")[0] == [EAST]


@contextlib.contextmanager
def drained(server, region):
    assert server.isochrone("drain", region, "--reason", "test").returncode == 0
    try:
        yield
    finally:
        assert server.isochrone("undrain", region).returncode == 0


def test_subnet_falls_to_the_wider_prefix_or_stays(server):
    with drained(server, "north"):
        assert ask(server, "networks", "100.30.7.0/24")[0] == [WEST]
    with drained(server, "west"):
        assert ask(server, "networks", "100.30.8.0/24")[0] == [EAST]
        assert ask(server, "stays", "100.30.8.0/24")[0] == [WEST]


def test_a_share_is_shed(server):
    """West is nearest to all of 100.20.0.0/16, sixteen /20s."""
    first = [ask(server, "shedding", f"100.20.{third}.0/24") for third in range(0, 256, 16)]
    assert {scope for _, scope in first} == {20}
    assert {WEST, EAST} == {addresses[0] for addresses, _ in first}
    assert first == [ask(server, "shedding", f"100.20.{third + 5}.0/24") for third in range(0, 256, 16)], "of the same /20s"


def probed_by_port(folder, zone, pools, rtts):
    """A server of a zone whose gateways are probed at a port, and that port. `pools`: of the zone's YAML, with its services;
    `rtts`: region → milliseconds for everybody."""
    port, = free_ports(1)
    server = Server(folder, zones=(), probes=())
    (folder / f"zones/{zone}.yaml").write_text(f"zone: {zone}\nrecords: {zone}.zone\n{pools}")
    (folder / f"zones/{zone}.zone").write_text("$TTL 60\n@ SOA ns1 h 1 2h 30m 14d 5m\n@ NS ns1\nns1 A 127.0.0.1\n")
    (folder / "probes/probes.yaml").write_text(
        f"regions: {{{', '.join(f'{region}: {{}}' for region in rtts)}}}\nprobes: {{port: {{kind: tcp, port: {port}, interval: 200ms, "
        "timeout: 150ms, recheck: 50ms, fall: 2, rise: 2}}\nlatency: [{table: latency.csv}]\n")
    (folder / "probes/latency.csv").write_text(f"prefix,{','.join(rtts)}\n0.0.0.0/0,{','.join(str(ms) for ms in rtts.values())}\n")
    return server, port


def test_a_gateway_comes_back_slowly(tmp_path):
    """West listens, is silent, listens again: its networks come back one after the other, and those that do stay."""
    server, port = probed_by_port(
        tmp_path, "slow.example",
        "defaults: {probe: port, slow-start: 3s}\nservices:\n  app: {gateways: {west: 127.0.1.20, east: 127.0.1.21}}\n",
        {"west": 10, "east": 50})

    def at_west():
        """The networks that are sent to it."""
        given = {}
        for i in range(40):
            answer = server.ask("app.slow.example", "A", subnet=f"100.{i}.0.0/24")
            given[i] = rrset(answer, answer.answer, "app.slow.example", "A")
        return {i for i, addresses in given.items() if addresses == ["127.0.1.20"]}

    with contextlib.ExitStack() as stack:
        east = stack.enter_context(socket.create_server(("127.0.1.21", port)))
        west = socket.create_server(("127.0.1.20", port))
        assert east
        stack.enter_context(server)
        wait_until(lambda: len(at_west()) == 40, 15, "west to serve all")
        west.close()
        wait_until(lambda: not at_west(), 15, "west to be left")
        west = stack.enter_context(socket.create_server(("127.0.1.20", port)))
        seen, until = [set()], time.monotonic() + 20
        while len(seen[-1]) < 40 and time.monotonic() < until:
            seen.append(at_west())
        assert len(seen[-1]) == 40, "all come back"
        assert all(before <= after for before, after in zip(seen, seen[1:])), "who is back stays"
        assert len({len(some) for some in seen}) > 4, "little by little"


IN_JAPAN, IN_INDIA, IN_FRANCE = "100.40.1.0/24", "100.40.2.0/24", "100.40.3.0/24"


@pytest.mark.parametrize("client, given", [(IN_JAPAN, [WEST]), (IN_INDIA, [NORTH]), (IN_FRANCE, [EAST]), (NEAR_WEST, [EAST])])
def test_geographic_is_the_smallest_area(server, client, given):
    addresses, scope = ask(server, "areas", client)
    assert addresses == given
    assert scope == 24 if client.startswith("100.40") else 1 <= scope <= 16


def test_geographic_falls_to_the_parent_area(server):
    with drained(server, "west"):
        assert ask(server, "areas", IN_JAPAN)[0] == [NORTH], "Asia"
        with drained(server, "north"):
            assert ask(server, "areas", IN_JAPAN)[0] == [EAST], "everybody"


def test_geographic_stays_in_its_area(server):
    with drained(server, "west"):
        assert ask(server, "home", IN_JAPAN)[0] == [WEST]
        assert ask(server, "home", IN_FRANCE)[0] == [EAST]


@pytest.mark.parametrize("client, given", [(IN_JAPAN, EAST), (IN_INDIA, EAST), (IN_FRANCE, WEST)])
def test_proximity_is_the_shortest_way(server, client, given):
    assert ask(server, "ways", client) == ([given], 24)


def test_proximity_of_a_client_without_a_place_is_by_latency(server):
    assert ask(server, "ways", NEAR_WEST)[0] == [WEST]
    done = server.isochrone("explain", "ways.methods.example", "--client", NEAR_WEST)
    assert "lowest latency; the client's place is not known" in done.stdout


def test_bias_moves_the_border(server):
    assert ask(server, "biased", IN_INDIA)[0] == [WEST]
    assert ask(server, "biased", IN_JAPAN)[0] == [EAST]
    done = server.isochrone("explain", "biased.methods.example", "--client", IN_INDIA)
    assert "counted as" in done.stdout, done.stdout


def test_a_pool_in_a_pool_is_ranked_there_and_chooses_itself(server):
    assert ask(server, "nested", NEAR_EAST) == ([EAST], 24)
    assert ask(server, "nested", NEAR_NORTH)[0] == [NORTH]
    assert ask(server, "nested", NEAR_WEST)[0] == [NORTH], "the nearest of the first"
    assert ask(server, "levels", NEAR_EAST)[0] == [EAST]
    assert ask(server, "nearest", NEAR_EAST)[0] == [EAST], "the best of the pool is farther"
    assert ask(server, "nearest", NEAR_WEST)[0] in ([WEST], [NORTH]), "by weight, in the pool that holds the nearest"


def test_a_pool_without_enough_healthy_gateways_is_left(server):
    with drained(server, "east"):
        assert ask(server, "nested", NEAR_NORTH)[0] == [WEST], "one of two is left, and two are wanted"
        assert ask(server, "levels", NEAR_EAST)[0] == [NORTH]
    with drained(server, "nested.methods.example/asia"):
        assert ask(server, "nested", NEAR_NORTH)[0] == [WEST]
        assert ask(server, "levels", NEAR_NORTH)[0] == [NORTH], "drained in that pool alone"
    assert ask(server, "nested", NEAR_NORTH)[0] == [NORTH]


def test_a_pool_fails_over_as_one_when_its_gateways_do(tmp_path):
    """One of two gateways of the inner pool falls silent, and both are wanted: the outer pool turns to its own."""
    server, port = probed_by_port(
        tmp_path, "nest.example",
        "defaults: {probe: port, ttl: 1s}\npools: {pair: {gateways: {west: 127.0.1.30, east: 127.0.1.31}}}\nservices:\n"
        "  app: {routing: priority, gateways: {pair: {pool: pair, min-healthy: 2}, north: 127.0.1.32}}\n",
        {"west": 10, "east": 50, "north": 5})

    def given():
        answer = server.ask("app.nest.example", "A", subnet="100.1.1.0/24")
        return rrset(answer, answer.answer, "app.nest.example", "A")

    with contextlib.ExitStack() as stack:
        for host in (30, 32):
            stack.enter_context(socket.create_server((f"127.0.1.{host}", port)))
        east = socket.create_server(("127.0.1.31", port))
        stack.enter_context(server)
        wait_until(lambda: given() == ["127.0.1.30"], 15, "the pair to be up: its nearest")
        east.close()
        wait_until(lambda: given() == ["127.0.1.32"], 15, "the pair to be left, though west is up")
        east = stack.enter_context(socket.create_server(("127.0.1.31", port)))
        wait_until(lambda: given() == ["127.0.1.30"], 15, "the pair to be whole again")


def test_explain_and_status_look_into_a_pool(server):
    done = server.isochrone("explain", "nested.methods.example", "--client", NEAR_EAST)
    assert re.search(r"^decided +the first in priority of those that may be given; in asia: lowest latency$", done.stdout, re.M), done.stdout
    assert re.search(r"→ asia/east ", done.stdout), done.stdout
    status = server.isochrone("status", "--all").stdout
    assert re.search(r"asia .*pool methods\.example/asia +up$", status, re.M), status
    before = server.metrics()['isochrone_answers_total{zone="methods.example",pool="methods.example/nested",region="east"}']
    ask(server, "nested", NEAR_EAST)
    after = server.metrics()['isochrone_answers_total{zone="methods.example",pool="methods.example/nested",region="east"}']
    assert after == before + 1, "counted where it was asked, for the region that was given"


def test_every_row_of_the_table_names_a_test():
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|") and "::test_" in line]
    assert len(rows) > 10
    for row in rows:
        file, test = re.search(r"`(test_\w+\.py)::(test_\w+)`", row).groups()
        assert f"def {test}(" in (ROOT / "tests" / "e2e" / file).read_text(), row


@pytest.mark.parametrize("service, reason", [
    ("priority", "the first in priority of those that may be given"), ("weighted", "by weight"),
    ("drawn", "by weight, drawn for every answer"), ("several", "several in one answer: all that may be given"),
    ("two", "several in one answer: the nearest ones"),
    ("networks", "one gateway serves whom no other serves"), ("areas", "one gateway serves whom no other serves"),
    ("ways", "lowest latency; the client's place is not known")])
def test_explain_says_what_decided(server, service, reason):
    done = server.isochrone("explain", f"{service}.methods.example", "--client", "100.20.3.0/24")
    assert done.returncode == 0, done.stderr
    assert [line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith("decided")] == [reason]
