"""EDNS (RFC 6891), truncation, NSID (5001), cookies (7873, 9018), and TSIG (8945) by keys that nobody knows."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import pytest
from server import option_of, rrset

NSID, COOKIE = 3, 10
CLIENT_COOKIE = bytes.fromhex("0102030405060708")


def cookie_of(answer):
    option = option_of(answer, COOKIE)
    return option.to_wire() if option else None


def test_no_opt_without_one(server):  # RFC 6891 §6.1.1
    assert server.ask("www.static.example", "A", edns=False).edns == -1


def test_opt_for_opt(server):
    answer = server.ask("www.static.example", "A")
    assert answer.edns == 0
    assert answer.payload == 1232
    assert not answer.options


def test_do_is_copied(server):
    assert server.ask("www.static.example", "A", want_dnssec=True).ednsflags & dns.flags.DO


def test_a_later_version_is_told_ours(server):  # RFC 6891 §6.1.3
    query = dns.message.make_query("www.static.example", "A")
    query.use_edns(1)
    answer = server.exchange(query)
    assert answer.rcode() == dns.rcode.BADVERS
    assert answer.edns == 0
    assert not answer.answer


def test_unknown_options_and_flags_are_passed_over(server):
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(65001, b"hello")], ednsflags=0x1234)
    assert answer.rcode() == dns.rcode.NOERROR
    assert rrset(answer, answer.answer, "www.static.example", "A") == ["192.0.2.80"]
    assert not answer.options
    assert answer.ednsflags & 0x7FFF == 0


def test_nsid_where_it_is_asked_for(server):
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(NSID, b"")])
    assert option_of(answer, NSID).to_wire() == b"test-node"


TRUNCATION = [("no EDNS", False, 0, 512), ("1232", True, 1232, 1232), ("more than we send", True, 4096, 1232),
              ("less than 512 is 512", True, 100, 512)]


@pytest.mark.parametrize("edns, payload, most", [case[1:] for case in TRUNCATION], ids=[case[0] for case in TRUNCATION])
def test_truncation(server, edns, payload, most):
    query = dns.message.make_query("big.static.example", "A", use_edns=0 if edns else False, payload=payload)
    octets = server.raw(query.to_wire())
    answer = dns.message.from_wire(octets, ignore_trailing=False)
    assert answer.flags & dns.flags.TC
    assert len(octets) <= most
    assert (answer.edns == 0) == edns


def test_tcp_carries_what_udp_cut(server):
    answer = server.ask("big.static.example", "A", tcp=True)
    assert not answer.flags & dns.flags.TC
    assert len(rrset(answer, answer.answer, "big.static.example", "A")) == 100


def test_a_client_cookie_gets_a_server_cookie(server):
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(COOKIE, CLIENT_COOKIE)])
    cookie = cookie_of(answer)
    assert answer.rcode() == dns.rcode.NOERROR
    assert cookie[:8] == CLIENT_COOKIE
    assert len(cookie) == 24
    assert cookie[8] == 1  # RFC 9018 §4: the version


def test_a_server_cookie_is_taken_back(server):
    first = cookie_of(server.ask("www.static.example", "A", options=[dns.edns.GenericOption(COOKIE, CLIENT_COOKIE)]))
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(COOKIE, first)])
    assert answer.rcode() == dns.rcode.NOERROR
    assert cookie_of(answer)[:8] == CLIENT_COOKIE


def test_a_wrong_server_cookie_is_still_answered(server):  # RFC 7873 §5.2.4: we need not refuse
    forged = CLIENT_COOKIE + bytes(16)
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(COOKIE, forged)])
    assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.BADCOOKIE)
    assert cookie_of(answer) != forged


@pytest.mark.parametrize("length", [0, 1, 7, 9, 15, 41])
def test_a_cookie_of_wrong_length_is_a_format_error(server, length):  # RFC 7873 §5.2.2
    answer = server.ask("www.static.example", "A", options=[dns.edns.GenericOption(COOKIE, bytes(length))])
    assert answer.rcode() == dns.rcode.FORMERR


@pytest.mark.parametrize("rrtype, tcp", [("A", False), ("A", True), ("AXFR", True)])
def test_an_unknown_key_is_told_as_one(server, rrtype, tcp):  # RFC 8945 §5.2.1
    query = dns.message.make_query("static.example", rrtype, use_edns=0)
    query.use_tsig(dns.tsigkeyring.from_text({"nobodys.example.": "MTIzNDU2Nzg5MDEyMzQ1Ng=="}))
    with pytest.raises(dns.tsig.PeerBadKey):
        server.exchange(query, tcp=tcp)
