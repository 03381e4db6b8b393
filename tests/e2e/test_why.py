"""`_why`: the reasons of a choice, asked by DNS from where the client stands (DESIGN §4)."""

import dns.edns
import dns.flags
import dns.rcode
import pytest
from server import Server, option_of, rrset

ZONE = "steered.example"
SHOP = f"shop._why.{ZONE}"


@pytest.fixture(scope="module", name="telling")
def telling_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("why"), ["steered.example.yaml", "steered.example.zone"],
                replace=[("zone: steered.example\n", "zone: steered.example\nwhy: {allow: [127.0.0.0/8]}\n")]) as server:
        yield server


def reasons(answer, name=SHOP):
    return [line.strip('"') for line in rrset(answer, answer.answer, name, "TXT")]


def test_it_tells_what_the_service_answers(telling):
    told = telling.ask(SHOP, "TXT", subnet="100.30.7.0/24", tcp=True)
    given = telling.ask(f"shop.{ZONE}", "A", subnet="100.30.7.0/24")
    lines = reasons(told)
    address = rrset(given, given.answer, f"shop.{ZONE}", "A")[0]
    scope = option_of(given, dns.edns.OptionType.ECS).scopelen
    assert told.answer[0].ttl == 0
    assert any(line.startswith("client: 100.30.7.0/24 (client subnet)") for line in lines), lines
    assert any(line.startswith(f"A: {address}; TTL 30 s, as configured; scope /{scope}, ") for line in lines), lines
    assert "A 1 east: 12.00 ms, up, table probes/latency.csv, 100.30.7.0/24, given" in lines, lines
    assert all(len(line) <= 255 for line in lines)


def test_over_udp_only_with_a_cookie(telling):
    first = telling.ask(SHOP, "TXT", options=[dns.edns.GenericOption(10, bytes(range(8)))])
    assert first.flags & dns.flags.TC and not first.answer
    cookie = option_of(first, 10)
    again = telling.ask(SHOP, "TXT", options=[dns.edns.GenericOption(10, cookie.data if hasattr(cookie, "data") else cookie.to_wire())])
    assert not again.flags & dns.flags.TC
    assert reasons(again)


def test_a_zone_as_any_other(telling):
    for name, qtype, rcode in ((f"_why.{ZONE}", "SOA", "NOERROR"), (SHOP, "A", "NOERROR"), (f"nobody._why.{ZONE}", "TXT", "NXDOMAIN"),
                               (f"_why.{ZONE}", "DS", "NOERROR")):
        answer = telling.ask(name, qtype)
        assert dns.rcode.to_text(answer.rcode()) == rcode and answer.flags & dns.flags.AA, name
        assert bool(answer.answer) == (qtype == "SOA")
        if not answer.answer:
            assert answer.authority[0].name.to_text() == (f"{ZONE}." if qtype == "DS" else f"_why.{ZONE}.")


def test_others_are_refused_and_off_is_no_such_name(telling, server):
    assert telling.ask(SHOP, "TXT", address="::1").rcode() == dns.rcode.REFUSED
    assert telling.ask(f"shop.{ZONE}", "A", address="::1").rcode() == dns.rcode.NOERROR
    assert server.ask(SHOP, "TXT", tcp=True).rcode() == dns.rcode.NXDOMAIN


def test_what_it_says_follows_a_reload(own_server):
    server = own_server(("steered.example.yaml", "steered.example.zone"))
    file = server.directory / "zones" / "steered.example.yaml"
    before = server.ask(ZONE, "SOA").answer[0][0].serial
    file.write_text(file.read_text().replace("records:", "why: {allow: 127.0.0.1}\nrecords:"))
    assert server.isochrone("reload").returncode == 0
    assert reasons(server.ask(SHOP, "TXT", tcp=True))
    assert server.ask(ZONE, "SOA").answer[0][0].serial == before + 1, "secondaries learn of the cut"
