"""TCP as RFC 7766 wants it: many queries on one connection, however the octets are cut."""

import socket
import time

import dns.edns
import dns.message
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


def closed(connection):
    """True where the other side has closed; what it had to say before is passed over."""
    connection.settimeout(5)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_the_idlest_gives_way(own_server):
    server = own_server(node="tcp: {clients: 16}\n")
    query, = queries(1)
    first = server.connect()
    first.sendall(framed(query))
    check([query], read_tcp(first, 1))
    later = []
    for _ in range(40):  # more than all workers together let in
        later.append(server.connect())
        later[-1].sendall(framed(query))
        check([query], read_tcp(later[-1], 1))
    assert closed(first)
    for connection in [first, *later]:
        connection.close()


def test_one_address_does_not_take_all(own_server):
    server = own_server(node="tcp: {clients: 100, clients-per-address: 8}\n")
    query, = queries(1)
    taken = [server.connect() for _ in range(20)]
    for connection in taken:
        connection.sendall(framed(query))
    with socket.create_connection(("::1", server.port), timeout=10) as other:
        other.sendall(framed(query))
        check([query], read_tcp(other, 1))
    for connection in taken:
        connection.close()


def test_a_peer_that_never_reads_holds_up_nobody(own_server):
    server = own_server()
    big = framed(dns.message.make_query("big.static.example", "A", use_edns=0))
    with server.connect() as greedy:
        greedy.setblocking(False)
        sent = 0
        try:
            while sent < 8 << 20:  # far more answers than both kernels' buffers hold
                sent += greedy.send(big * 100)
        except BlockingIOError:
            pass
        query, = queries(1)
        with server.connect() as patient:
            patient.sendall(framed(query))
            check([query], read_tcp(patient, 1))
    resident = int(next(line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmRSS")).split()[1])
    assert resident < 600 << 10  # kB, under a sanitizer too


def test_a_peer_that_dribbles_is_closed(own_server):
    server = own_server(node="tcp: {idle: 1s}\n")
    octets = framed(queries(1)[0])
    with server.connect() as slow:
        deadline = time.monotonic() + 10
        slow.settimeout(0.3)
        for octet in octets[:-1]:
            try:
                slow.sendall(bytes([octet]))
                if slow.recv(1) == b"":
                    return
            except TimeoutError:
                assert time.monotonic() < deadline, "still open after 10 s without one whole query"
            except OSError:
                return
    raise AssertionError("it was let go on")
