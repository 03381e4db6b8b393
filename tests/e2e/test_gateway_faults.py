"""Gateways that hang in every phase, break off, or show a bad certificate: each is left, and the reason says what to mend.

A service a fault: its nearest gateway has the fault, the next one is well.
"""

import contextlib
import json
import re
import socket
import time

import pytest
from faulty import HELLO, Certificates, FaultyGateways, context_of, dribble, old, reset, weak
from lab import LabError, wait_until
from ports import free_ports
from server import Server, rrset

HOST = "gw.faults.example"
WELL = "127.0.4.1"


def send(octets):
    return lambda connection: connection.sendall(octets)


def read_and_close(connection):  # with something unread it would be a reset
    connection.recv(65536)


def hang(_):
    time.sleep(5)


def send_and_hang(octets):
    def fault(connection):
        connection.sendall(octets)
        time.sleep(5)
    return fault


def send_and_reset(octets):
    def fault(connection):
        connection.sendall(octets)
        reset(connection)
    return fault


def endless(head, again, pause):
    def fault(connection):
        connection.sendall(head)
        dribble(connection, again, pause)
    return fault


# name: TLS first?, what happens then, the reason. %s is the gateway's address and port.
FAULTS = {
    "nobody-listens": (False, None, "connection refused by %s"),
    "says-nothing": (False, hang, r"no answer from %s within 2s \(TLS\)"),
    "resets-before-tls": (False, reset, "connection reset by %s"),
    "closes-before-tls": (False, read_and_close, r"%s closed the connection \(TLS\)"),
    "speaks-no-tls": (False, send(b"220 mail.example ESMTP\r\n"), r"TLS handshake with %s failed: wrong version number \(does the "),
    "no-headers": (True, hang, r"no answer from %s within 2s \(first byte\)"),
    "half-a-header": (True, send_and_hang(b"HTTP/1.1 200 OK\r\nServ"), r"no answer from %s within 2s \(body\)"),
    "endless-headers": (True, endless(b"HTTP/1.1 200 OK\r\n", b"".join(b"X-%d: aaaaaaaaaaaaaaaaaaaaaa\r\n" % i for i in range(200)), 0.001),
                        "%s sent more than [0-9]+ KiB of headers"),
    "slow-headers": (True, endless(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", 0.05), r"no answer from %s within 2s \(body\)"),
    "slow-body": (True, endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a", 0.05),
                  r"no answer from %s within 2s \(body\)"),
    "body-cut": (True, send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), "%s closed the connection within the body"),
    "no-answer": (True, lambda _: None, "%s closed the connection without an answer"),
    "resets-within": (True, send_and_reset(b"HTTP/1.1 200 OK\r\nServ"), "connection reset by %s|closed the connection"),
    "no-http": (True, send(b"SSH-2.0-OpenSSH_9.2\r\n"), r'no HTTP answer from %s: it begins "SSH-2.0-OpenSSH_9.2\\r\\n"'),
    "redirects": (True, send(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"),
                  "302 Found to https://elsewhere.example/, expected 200-299"),
    "unwell": (True, send(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), "503 Service Unavailable, expected 200-299"),
}
CERTIFICATES = {
    "expired": (lambda c: c.issue("expired", start="20200101000000Z", end="20210203040506Z"), None,
                "certificate expired on 2021-02-03 04:05 UTC"),
    "not-yet-valid": (lambda c: c.issue("early", start="20900203040506Z", end="20910101000000Z"), None,
                      "certificate is not valid before 2090-02-03 04:05 UTC"),
    "wrong-name": (lambda c: c.issue("wrong", host="other.example"), None, f"certificate is for other.example, not for {HOST}"),
    "self-signed": (lambda c: c.self_signed(), None, f'certificate "{HOST}" is self-signed and not trusted'),
    "unknown-ca": (lambda c: c.issue("unknown", ca=c.unknown), None, 'unknown CA: "nobody\'s authority", which issued'),
    "for-clients": (lambda c: c.issue("client", usage="clientAuth"), None, "certificate: .*purpose"),
    "weak-key": (lambda c: c.issue("weak", key=("rsa", "rsa_keygen_bits:1024")), weak, "certificate: .*key too (weak|small)"),
    "old-tls": (lambda c: c.issue("old"), old, "TLS handshake with %s failed: .*(protocol|version|legacy)"),
}
EVERY = [*FAULTS, *CERTIFICATES, "full-backlog", "endless-body"]
ADDRESSES = {name: f"127.0.3.{number}" for number, name in enumerate(EVERY, start=1)}


def write_files(folder, port, ca):
    services = "".join(f"  {name}: {{gateways: {{bad: [{address}], well: [{WELL}]}}}}\n" for name, address in ADDRESSES.items())
    for name, text in {
        "zones/faults.example.yaml": "zone: faults.example\nrecords: faults.example.zone\n"
                                     f"defaults: {{probe: gateway, ttl: 9s, ttl-min: 2s}}\nservices:\n{services}",
        "zones/faults.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml": "regions: {bad: {}, well: {}}\nprobes:\n  gateway: "
                              f"{{kind: https, port: {port}, host: {HOST}, ca: {ca}, http-version: 1, interval: 2s, timeout: 2s, "
                              "recheck: 200ms, fall: 1, rise: 1}\nlatency: [{table: latency.csv}]\n",
        "probes/latency.csv": "prefix,bad,well\n0.0.0.0/0,10,50\n",
    }.items():
        (folder / name).write_text(text)


@pytest.fixture(name="server", scope="module")
def server_with_faulty_gateways(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    port, = free_ports(1)
    certificates = Certificates(folder / "certificates", HOST)
    good = context_of(certificates.issue("good"))
    faults = {WELL: send(HELLO), ADDRESSES["endless-body"]: endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536, 0.001)}
    contexts = {WELL: good, ADDRESSES["endless-body"]: good}
    for name, (tls, fault, _) in FAULTS.items():
        faults[ADDRESSES[name]] = fault
        if tls:
            contexts[ADDRESSES[name]] = good
    for name, (make, prepare, _) in CERTIFICATES.items():
        faults[ADDRESSES[name]] = send(HELLO)
        contexts[ADDRESSES[name]] = context_of(make(certificates), prepare)
    # The kernel takes no more connections than fit the backlog, and drops the rest without a word.
    full = socket.create_server((ADDRESSES["full-backlog"], port), backlog=0)
    held = [socket.socket() for _ in range(3)]
    for one in held:
        one.setblocking(False)
        one.connect_ex((ADDRESSES["full-backlog"], port))
    gateways = FaultyGateways(port, faults, contexts)
    server = Server(folder / "server", zones=(), probes=())
    write_files(server.directory, port, certificates.ca[0])
    server.gateway_port = port
    try:
        with server:
            yield server
    finally:
        gateways.close()
        for one in [full, *held]:
            one.close()


def answer(server, name):
    found = server.ask(f"{name}.faults.example", "A")
    return rrset(found, found.answer, f"{name}.faults.example", "A")


REASONS = {name: case[2] for name, case in {**FAULTS, **CERTIFICATES}.items()}
REASONS["full-backlog"] = r"no answer from %s within 2s \(connect\)"


def reasons_in_status(server):
    """Service → why its nearest gateway is down."""
    status = json.loads(server.isochrone("status", "--json").stdout)
    found = {}
    for pool in status["pools"]:
        bad = next(g for g in pool["gateways"] if g["region"] == "bad")
        found[pool["name"].removeprefix("faults.example/")] = bad["addresses"][0]["vantages"][0]["reason"]
    return found


def unlike(server):
    """Those whose reason does not say what it should: on a busy machine anything may time out once."""
    reasons = reasons_in_status(server)
    where = {name: re.escape(f"{ADDRESSES[name]}:{server.gateway_port}") for name in REASONS}
    return {name: reasons[name] for name, words in REASONS.items() if not re.search(words.replace("%s", where[name]), reasons[name])}


def not_left(server):
    return [name for name in EVERY if name != "endless-body" and answer(server, name) != [WELL]]


def test_every_faulty_gateway_is_left(server):
    wait_until(lambda: not not_left(server), 20, "all services to be at the gateway that is well")
    # A body is read to a limit, and what was asked of it was there.
    wait_until(lambda: answer(server, "endless-body") == [ADDRESSES["endless-body"]], 20, "an endless body to do no harm")


def test_every_reason_is_precise(server):
    with contextlib.suppress(LabError):
        wait_until(lambda: not unlike(server), 15, "all reasons", every=0.5)
    assert unlike(server) == {}


def test_the_kind_is_counted(server):
    results = {series for series in server.metrics() if series.startswith("isochrone_probes_total")}
    for kind in ("ok", "refused", "timeout", "reset", "certificate", "tls", "status", "body", "protocol"):
        assert f'isochrone_probes_total{{result="{kind}"}}' in results
