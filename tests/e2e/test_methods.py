"""Routing methods: what each gives to whom, asked of one running server (docs/choice.md §5)."""

import collections

import pytest
from server import Server, option_of, rrset

ECS = 8
WEST, NORTH, EAST = "192.0.2.10", "198.51.100.10", "203.0.113.10"


@pytest.fixture(scope="module", name="server")
def methods_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("methods"), ["methods.example.yaml", "methods.example.zone"]) as server:
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
    assert server.isochrone("drain", "west", "--reason", "test").returncode == 0
    try:
        assert ask(server, "priority")[0] == [NORTH]
    finally:
        assert server.isochrone("undrain", "west").returncode == 0
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


@pytest.mark.parametrize("service, reason", [
    ("priority", "the first in priority of those that may be given"), ("weighted", "by weight"),
    ("drawn", "by weight, drawn for every answer"), ("several", "several in one answer: all that may be given"),
    ("two", "several in one answer: the nearest ones")])
def test_explain_says_what_decided(server, service, reason):
    done = server.isochrone("explain", f"{service}.methods.example", "--client", "100.20.3.0/24")
    assert done.returncode == 0, done.stderr
    assert [line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith("decided")] == [reason]
