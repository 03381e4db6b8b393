"""TCP as RFC 7766 wants it: many queries on one connection, however the octets are cut."""

import dns.edns
import dns.message
import dns.rcode
import pytest
from server import framed, option_of, read_tcp, rrset

NAMES = ["www.static.example", "two.static.example", "nowhere.static.example", "big.static.example", "shop.steered.example"]


def queries(count):
    return [dns.message.make_query(NAMES[i % len(NAMES)], "A", use_edns=0, id=1000 + i) for i in range(count)]


def check(sent, answers):
    by_id = {answer.id: answer for answer in answers}
    assert len(by_id) == len(sent)
    for query in sent:
        assert by_id[query.id].question == query.question


def test_pipelined_in_one_segment(server):
    sent = queries(200)
    with server.connect() as connection:
        connection.sendall(b"".join(map(framed, sent)))
        check(sent, read_tcp(connection, len(sent)))


def test_an_octet_at_a_time(server):
    sent = queries(3)
    with server.connect() as connection:
        for octet in b"".join(map(framed, sent)):
            connection.sendall(bytes([octet]))
        check(sent, read_tcp(connection, len(sent)))


def test_the_connection_stays_open(server):
    with server.connect() as connection:
        for query in queries(20):
            connection.sendall(framed(query))
            check([query], read_tcp(connection, 1))


def test_a_half_closed_peer_still_gets_its_answers(server):
    sent = queries(10)
    with server.connect() as connection:
        connection.sendall(b"".join(map(framed, sent)))
        connection.shutdown(1)
        check(sent, read_tcp(connection, len(sent)))


def test_a_large_answer_comes_whole(server):
    with server.connect() as connection:
        connection.sendall(framed(dns.message.make_query("big.static.example", "A", use_edns=0, payload=512)))
        answer, = read_tcp(connection, 1)
    assert len(rrset(answer, answer.answer, "big.static.example", "A")) == 100


def test_keepalive_is_told_where_it_is_asked_for(server):  # RFC 7828 §3.3
    query = dns.message.make_query("www.static.example", "A", use_edns=0, options=[dns.edns.GenericOption(11, b"")])
    with server.connect() as connection:
        connection.sendall(framed(query))
        answer, = read_tcp(connection, 1)
    assert len(option_of(answer, 11).to_wire()) == 2


@pytest.mark.parametrize("octets", [b"\0\0", b"\0\x05hello", b"\0\x0c" + bytes(2) + b"\x80\0" + bytes(8)],
                         ids=["empty", "short", "an answer"])
def test_what_is_no_query_harms_nobody(server, octets):
    with server.connect() as bad, server.connect() as good:
        bad.sendall(octets)
        query, = queries(1)
        good.sendall(framed(query))
        check([query], read_tcp(good, 1))


def test_idle_connections_are_closed(own_server):
    server = own_server(node="tcp: {idle: 1s}\n")
    with server.connect() as connection:
        assert connection.recv(1) == b""
