"""Zone contents, as RFC 1034 §4.3.2 and those after it want them answered."""

import dns.flags
import dns.message
import dns.rcode
import pytest
from server import rrset

SOA_TTL_OF_NEGATIVES = 300  # RFC 2308 §5: min(SOA TTL, MINIMUM)

POSITIVE = [  # what is asked, and the answer section: owner, type, data
    ("an address", "www.static.example", "A", [("www.static.example", "A", ["192.0.2.80"])]),
    ("two of them", "two.static.example", "A", [("two.static.example", "A", ["192.0.2.1", "192.0.2.2"])]),
    ("two strings", "txt.static.example", "TXT", [("txt.static.example", "TXT", ['"one string" "another"'])]),
    ("an unknown type", "odd.static.example", "TYPE65280", [("odd.static.example", "TYPE65280", ["\\# 4 c0000201"])]),
    ("a wildcard", "any.wild.static.example", "A", [("any.wild.static.example", "A", ["192.0.2.90"])]),
    ("a wildcard, deeper", "a.b.wild.static.example", "A", [("a.b.wild.static.example", "A", ["192.0.2.90"])]),
    ("the wildcard itself", "*.wild.static.example", "A", [("*.wild.static.example", "A", ["192.0.2.90"])]),
    ("an alias", "alias.static.example", "A",
     [("alias.static.example", "CNAME", ["www.static.example."]), ("www.static.example", "A", ["192.0.2.80"])]),
    ("the alias itself", "alias.static.example", "CNAME", [("alias.static.example", "CNAME", ["www.static.example."])]),
    ("a chain", "chain.static.example", "AAAA",
     [("chain.static.example", "CNAME", ["alias.static.example."]),
      ("alias.static.example", "CNAME", ["www.static.example."]), ("www.static.example", "AAAA", ["2001:db8::80"])]),
    ("an alias out of our zones", "away.static.example", "A", [("away.static.example", "CNAME", ["www.elsewhere.example."])]),
    ("DNAME", "old.static.example", "DNAME", [("old.static.example", "DNAME", ["www.static.example."])]),
    ("DS at a cut", "child.static.example", "DS",
     [("child.static.example", "DS",
       ["12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"])]),
    ("a service binding", "svc.static.example", "HTTPS", [("svc.static.example", "HTTPS", ['1 www.static.example. alpn="h2"'])]),
]


@pytest.mark.parametrize("name, qtype, expected", [case[1:] for case in POSITIVE], ids=[case[0] for case in POSITIVE])
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_positive(server, name, qtype, expected, tcp):
    answer = server.ask(name, qtype, tcp=tcp)
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert len(answer.answer) == len(expected)
    for owner, rrtype, data in expected:
        assert rrset(answer, answer.answer, owner, rrtype) == data


NEGATIVE = [  # rcode
    ("no such name", "nowhere.static.example", "A", dns.rcode.NXDOMAIN),
    ("no such name, deep", "a.b.c.d.static.example", "A", dns.rcode.NXDOMAIN),
    ("the type is not there", "www.static.example", "TXT", dns.rcode.NOERROR),
    ("an empty non-terminal", "deep.ent.static.example", "A", dns.rcode.NOERROR),
    ("another", "ent.static.example", "A", dns.rcode.NOERROR),
    ("beside an empty non-terminal", "b.deep.ent.static.example", "A", dns.rcode.NXDOMAIN),
    ("a wildcard's other type", "any.wild.static.example", "AAAA", dns.rcode.NOERROR),
    ("a name that hides the wildcard", "under.wild.static.example", "A", dns.rcode.NOERROR),
    ("below such a name", "x.under.wild.static.example", "A", dns.rcode.NXDOMAIN),
    ("where the wildcard hangs", "wild.static.example", "A", dns.rcode.NOERROR),
    ("no DS at the apex", "static.example", "DS", dns.rcode.NOERROR),
]


@pytest.mark.parametrize("name, qtype, rcode", [case[1:] for case in NEGATIVE], ids=[case[0] for case in NEGATIVE])
def test_negative(server, name, qtype, rcode):
    answer = server.ask(name, qtype)
    assert answer.rcode() == rcode
    assert answer.flags & dns.flags.AA
    assert not answer.answer
    assert [str(r.name) for r in answer.authority] == ["static.example."]
    assert answer.authority[0].ttl == SOA_TTL_OF_NEGATIVES
    assert rrset(answer, answer.authority, "static.example", "SOA")


def test_a_dangling_alias_is_nxdomain_of_its_target(server):  # RFC 6604 §3
    answer = server.ask("dangling.static.example", "A")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert rrset(answer, answer.answer, "dangling.static.example", "CNAME") == ["nowhere.static.example."]
    assert rrset(answer, answer.authority, "static.example", "SOA")


def test_dname_synthesizes_an_alias(server):  # RFC 6672 §3.1
    answer = server.ask("x.old.static.example", "A")
    assert rrset(answer, answer.answer, "old.static.example", "DNAME") == ["www.static.example."]
    assert rrset(answer, answer.answer, "x.old.static.example", "CNAME") == ["x.www.static.example."]


def test_dname_whose_result_is_too_long(server):  # RFC 6672 §2.2
    label = "a" * 63
    left = f"{label}.{label}.{label}."
    assert server.ask(f"{left}short.static.example", "A").rcode() == dns.rcode.YXDOMAIN
    assert server.ask("a.short.static.example", "A").rcode() == dns.rcode.NXDOMAIN


def test_referral_with_glue(server):
    answer = server.ask("host.child.static.example", "A")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.flags & dns.flags.AA
    assert not answer.answer
    assert rrset(answer, answer.authority, "child.static.example", "NS") == ["ns.child.static.example.", "ns.sibling.static.example."]
    assert rrset(answer, answer.additional, "ns.child.static.example", "A") == ["192.0.2.100"]
    assert rrset(answer, answer.additional, "ns.sibling.static.example", "A") == ["192.0.2.101"]


def test_glue_is_not_answered_with_authority(server):
    answer = server.ask("ns.child.static.example", "A")
    assert not answer.flags & dns.flags.AA
    assert not answer.answer


def test_addresses_come_along(server):
    answer = server.ask("static.example", "MX")
    assert rrset(answer, answer.additional, "mail.static.example", "A") == ["192.0.2.25"]
    answer = server.ask("_dns._udp.static.example", "SRV")
    assert rrset(answer, answer.additional, "ns1.static.example", "AAAA") == ["2001:db8::53"]


def test_any_is_answered_with_little(server):  # RFC 8482
    answer = server.ask("www.static.example", "ANY")
    assert answer.rcode() == dns.rcode.NOERROR
    assert len(answer.answer) == 1


@pytest.mark.parametrize("name", ["www.elsewhere.example", "example", ".", "static.example.org"])
def test_outside_is_refused(server, name):
    answer = server.ask(name, "A")
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.flags & dns.flags.AA
    assert not answer.answer and not answer.authority


@pytest.mark.parametrize("rrclass", ["CH", "HS", "ANY"])
def test_other_classes_are_refused(server, rrclass):
    assert server.ask("www.static.example", "A", rrclass=rrclass).rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("opcode", [1, 2, 3, 4, 5, 6, 15])
@pytest.mark.parametrize("edns", [False, True], ids=["plain", "edns"])
def test_other_opcodes_are_not_implemented(server, opcode, edns):  # RFC 8906 §3.1.4; with OPT for OPT, RFC 6891 §6.1.1
    query = bytearray(dns.message.make_query("www.static.example", "A", use_edns=0 if edns else False).to_wire())
    query[2] = opcode << 3
    answer = server.raw(bytes(query))
    assert answer[2] == 0x80 | opcode << 3
    assert answer[3] & 0x0F == dns.rcode.NOTIMP
    assert answer[11] == edns


def test_the_question_comes_back_as_it_was_spelt(server):
    answer = server.ask("wWw.StAtIc.eXaMpLe", "A")
    assert str(answer.question[0].name) == "wWw.StAtIc.eXaMpLe."
    assert [rdata.to_text() for rdata in answer.answer[0]] == ["192.0.2.80"]


def test_flags_of_the_query(server):
    answer = server.ask("www.static.example", "A", flags=dns.flags.RD | dns.flags.CD)
    assert answer.flags & dns.flags.RD
    assert not answer.flags & (dns.flags.RA | dns.flags.AD | dns.flags.CD)


def test_ipv6_transport(server):
    answer = server.ask("www.static.example", "AAAA", address="::1")
    assert rrset(answer, answer.answer, "www.static.example", "AAAA") == ["2001:db8::80"]


def test_dig_has_nothing_to_complain_of(server):
    said = server.dig("+norecurse", "www.static.example", "A")
    assert "status: NOERROR" in said and "192.0.2.80" in said
    assert "WARNING" not in said
