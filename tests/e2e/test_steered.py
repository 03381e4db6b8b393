"""Who is sent where, and for whom the answer holds: RFC 7871 and DESIGN §4, from an imported table."""

import ipaddress
import struct

import dns.edns
import dns.message
import dns.rcode
import pytest
from server import option_of, rrset

ECS = 8
SHOP = "shop.steered.example"
GATEWAYS = {"west": ("192.0.2.10", "2001:db8:1::10"), "north": ("198.51.100.10", "2001:db8:2::10"),
            "east": ("203.0.113.10", "2001:db8:3::10")}


def scope_of(answer):
    return option_of(answer, ECS).scopelen


NEAREST = [  # the client, its region, whether its block is no wider than the row
    ("a /16 row", "100.20.3.0/24", "west", 16),
    ("the row itself", "100.20.0.0/16", "west", 16),
    ("the longest row wins", "100.30.7.0/24", "east", 24),
    ("beside it", "100.30.8.0/24", "north", 24),
    ("one address", "100.30.7.9/32", "east", 24),
    ("IPv6", "2a02:10:1::/48", "north", 48),
    ("the longest row wins, IPv6", "2a02:10:5::/56", "west", 48),
]


@pytest.mark.parametrize("client, region, most", [case[1:] for case in NEAREST], ids=[case[0] for case in NEAREST])
@pytest.mark.parametrize("qtype", ["A", "AAAA"])
def test_nearest(server, client, region, most, qtype):
    answer = server.ask(SHOP, qtype, subnet=client)
    assert rrset(answer, answer.answer, SHOP, qtype) == [GATEWAYS[region][qtype == "AAAA"]]
    assert answer.answer[0].ttl == 30
    option = option_of(answer, ECS)
    assert option.to_text().split()[1].rsplit("/", 1)[0] == client or client.split("/")[0] in option.to_text()
    assert 1 <= option.scopelen <= max(most, 24 if ":" not in client else 48)


def test_a_scope_never_covers_another_answer(server):
    """Whatever is asked, every address in the scope gets the same answer, and no two scopes overlap in part."""
    clients = [f"100.{second}.{third}.0/24" for second in (19, 20, 29, 30, 31) for third in (0, 6, 7, 8, 128, 255)]
    blocks = {}
    for client in clients:
        answer = server.ask(SHOP, "A", subnet=client)
        address = client.split("/")[0]
        block = ipaddress.ip_network((address, scope_of(answer)), strict=False)
        blocks.setdefault(block, set()).add(tuple(rrset(answer, answer.answer, SHOP, "A")))
    assert all(len(answers) == 1 for answers in blocks.values()), blocks
    for block in blocks:
        assert not any(other != block and other.overlaps(block) for other in blocks), blocks


def test_a_short_source_may_get_a_longer_scope(server):
    assert scope_of(server.ask(SHOP, "A", subnet="100.30.0.0/16")) > 16  # a /24 in it gets another answer


def test_source_zero_is_the_resolver_with_scope_zero(server):  # RFC 7871 §7.1.2
    answer = server.ask(SHOP, "A", options=[dns.edns.ECSOption("0.0.0.0", 0, 0)])
    assert answer.rcode() == dns.rcode.NOERROR
    assert len(rrset(answer, answer.answer, SHOP, "A")) == 1
    assert scope_of(answer) == 0


def test_no_option_where_none_was_sent(server):
    assert option_of(server.ask(SHOP, "A"), ECS) is None


@pytest.mark.parametrize("name, qtype", [
    ("www.static.example", "A"), ("nowhere.steered.example", "A"), (SHOP, "MX"), (SHOP, "TXT"), ("steered.example", "SOA"),
    ("shop-west-01.regional.steered.example", "A"), ("only4.steered.example", "AAAA")])
def test_what_no_client_decides_has_scope_zero(server, name, qtype):
    assert scope_of(server.ask(name, qtype, subnet="100.20.3.0/24")) == 0


def test_an_alias_to_a_service_is_steered(server):
    answer = server.ask("portal.steered.example", "A", subnet="100.30.7.0/24")
    assert rrset(answer, answer.answer, "portal.steered.example", "CNAME") == [f"{SHOP}."]
    assert rrset(answer, answer.answer, SHOP, "A") == ["203.0.113.10"]
    assert scope_of(answer) > 0


@pytest.mark.parametrize("region", GATEWAYS)
def test_a_regional_name_is_never_steered(server, region):
    name = f"shop-{region}-01.regional.steered.example"
    for client in ("100.20.3.0/24", "100.30.7.0/24"):
        assert rrset(answer := server.ask(name, "A", subnet=client), answer.answer, name, "A") == [GATEWAYS[region][0]]


def test_the_names_above_regional_names_are_empty(server):
    assert server.ask("regional.steered.example", "A").rcode() == dns.rcode.NOERROR
    assert server.ask("x.regional.steered.example", "A").rcode() == dns.rcode.NXDOMAIN


def test_a_family_no_gateway_has_is_nodata(server):
    answer = server.ask("only4.steered.example", "AAAA", subnet="100.20.3.0/24")
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
    assert rrset(answer, answer.authority, "steered.example", "SOA")


def test_v4_mapped_clients_are_ipv4(server):
    answer = server.ask(SHOP, "A", options=[dns.edns.ECSOption("::ffff:100.30.7.0", 120, 0)])
    assert rrset(answer, answer.answer, SHOP, "A") == ["203.0.113.10"]
    assert 96 < scope_of(answer) <= 120


BROKEN = [  # the option's octets: family, source, scope, address
    ("a bit beyond the prefix", "0001 17 00 c00003"),
    ("an octet too many", "0001 18 00 c0000200"),
    ("an octet too few", "0001 18 00 c000"),
    ("scope in a query", "0001 18 18 c00002"),
    ("IPv4 of 33 bits", "0001 21 00 c000020101"),
    ("IPv6 of 129 bits", "0002 81 00 " + "20" * 17),
    ("an unknown family", "0003 08 00 c0"),
    ("three octets", "0001 18"),
    ("nothing", ""),
]


@pytest.mark.parametrize("octets", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
@pytest.mark.parametrize("name", [SHOP, "www.static.example"])
def test_a_broken_subnet_is_a_format_error(server, name, octets):
    answer = server.ask(name, "A", options=[dns.edns.GenericOption(ECS, bytes.fromhex(octets))])
    assert answer.rcode() == dns.rcode.FORMERR
    assert not answer.answer
    assert option_of(answer, ECS) is None  # DESIGN §4: FORMERR carries no ECS


def test_two_subnets_are_a_format_error_or_the_first(server):
    query = dns.message.make_query(SHOP, "A", use_edns=0)
    one = struct.pack("!HH", ECS, 7) + bytes.fromhex("00011800646407")
    wire = query.to_wire()
    doubled = wire[:-2] + struct.pack("!H", 2 * len(one)) + one + one
    assert dns.message.from_wire(server.raw(doubled)).rcode() in (dns.rcode.FORMERR, dns.rcode.NOERROR)


def test_dig_sends_a_broken_one_raw(server):
    assert "status: FORMERR" in server.dig("+ednsopt=8:00011700c00003", SHOP, "A")
