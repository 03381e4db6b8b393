"""TCP clients in thousands, and with 1,024 open files: memory and descriptors are bounded, and newcomers are served."""

import contextlib
import json
import os
import random
import resource
import socket
import threading
import time

import dns.message
import pytest
from lab import wait_until
from ports import free_ports
from server import Server, framed, read_tcp, rrset

WWW = "www.static.example"
QUERY = dns.message.make_query(WWW, "A")
BIG = framed(dns.message.make_query("big.static.example", "A", use_edns=0))
FILES = ["static.example.yaml", "static.example.zone", "steered.example.yaml", "steered.example.zone"]


@pytest.fixture(autouse=True)
def many_files():
    """This process holds the clients' ends."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 8192:
        pytest.skip(f"the limit of open files is {before[1]}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connect(server, source, octets=b"", receive_buffer=None):
    """A client that comes from an address of 127/8, and has said `octets`; None where it was not let in."""
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.setblocking(False)
    client.bind((source, 0))
    with contextlib.suppress(BlockingIOError):
        client.connect(("127.0.0.1", server.port))
    client.settimeout(2)
    try:
        client.sendall(octets)
    except OSError:
        client.close()
        return None
    return client


def asks(server, tcp, source="127.0.0.1"):
    """A newcomer's query is answered."""
    if not tcp:
        answer = server.exchange(QUERY)
    else:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5, source_address=(source, 0)) as connection:
            connection.sendall(framed(QUERY))
            answer, = read_tcp(connection, 1)
    return rrset(answer, answer.answer, WWW, "A") == ["192.0.2.80"]


def proc(server, file):
    with open(f"/proc/{server.process.pid}/{file}", encoding="ascii") as text:
        return text.read()


def resident(server):
    """MiB."""
    return int(next(line for line in proc(server, "status").splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def cpu_seconds(server):
    fields = proc(server, "stat").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(name="clients")
def held_clients():
    clients = []
    yield clients
    for client in clients:
        if client is not None:
            client.close()


def test_a_thousand_and_twenty_four_files_for_everything(tmp_path, clients):
    """Probes of 400 dead addresses, 3,000 TCP clients, admin clients that say nothing, reloads; and UDP all the while."""
    port, = free_ports(1)
    server = Server(tmp_path, FILES, wrap=["prlimit", "--nofile=1024:1024"])
    gateways = "".join(f"  s{i}: {{gateways: {{west: [127.3.{i // 200}.{i % 200 + 1}]}}}}\n" for i in range(400))
    (tmp_path / "zones" / "many.example.yaml").write_text(
        f"zone: many.example\nrecords: many.example.zone\ndefaults: {{probe: p}}\nservices:\n{gateways}")
    (tmp_path / "zones" / "many.example.zone").write_text("$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n")
    probes = tmp_path / "probes" / "probes.yaml"
    probes.write_text(probes.read_text() + f"probes: {{p: {{kind: tcp, port: {port}, interval: 2s, timeout: 500ms}}}}\n")
    with server:
        server.process.wait_for_text("fewer TCP clients than configured")
        chance = random.Random(1)
        for number in range(3000):
            clients.append(connect(server, f"127.{chance.randint(0, 200)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}",
                                   framed(QUERY)))
            if number % 100 == 0:
                assert asks(server, tcp=False), number
        for _ in range(200):
            clients.append(socket.socket())
            clients[-1].setblocking(False)
            clients[-1].connect_ex(("127.0.0.1", server.admin_port))
        for _ in range(10):
            assert asks(server, tcp=False) and asks(server, tcp=True)
        assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 1000
        done = server.isochrone("reload")
        assert done.returncode == 0, done.stderr
        status = json.loads(server.isochrone("status", "--json").stdout)
        assert status["config"]["last_reload_ok"] and status["ready"]
        began = cpu_seconds(server)
        time.sleep(1)  # this is what is measured: a second in which nobody asks anything
        assert cpu_seconds(server) - began < 0.7
        for client in clients:
            if client is not None:
                client.close()
        clients.clear()
        wait_until(lambda: server.metrics()["isochrone_tcp_open_connections"] < 50, 10, "the clients to be gone")
        metrics = server.metrics()
        assert metrics['isochrone_tcp_connections_total{event="closed_limit"}'] > 1000
        assert metrics.get('isochrone_probes_total{result="local"}', 0) == 0  # no probe ran short of descriptors
        assert metrics['isochrone_probes_total{result="refused"}'] > 0
        assert asks(server, tcp=True)


def test_clients_that_never_read_hold_no_more_than_is_theirs(own_server, clients):
    server = own_server(node="tcp: {clients: 2000, clients-per-address: 1000}\n")
    before = resident(server)
    for number in range(12):  # each asks for more than the kernel keeps for it
        clients.append(connect(server, f"127.0.0.{number % 7 + 10}", BIG * 4000, receive_buffer=4096))
    wait_until(lambda: server.metrics()["isochrone_tcp_held_bytes"] > 0, 20, "answers to be held")
    assert asks(server, tcp=True) and asks(server, tcp=False)
    assert server.metrics()["isochrone_tcp_held_bytes"] <= 64 << 20
    assert resident(server) - before < 400  # of a sanitizer's too, which keeps what is freed for a while


class Dribblers:
    """64 connections to the admin listener from one address whose requests never end; whichever is closed is opened anew."""

    def __init__(self, server):
        self.server = server
        self.closed = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.dribble)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.server.admin_port), timeout=10, source_address=("127.0.0.77", 0))
        client.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        return client

    def dribble(self):
        clients = [None] * 64
        while not self.over.wait(0.01):
            for number, client in enumerate(clients):
                try:
                    if client is None:
                        clients[number] = self.connect()
                    else:
                        client.sendall(b"a")
                except OSError:
                    self.closed += client is not None
                    clients[number] = None
        for client in clients:
            if client is not None:
                client.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_who_dribbles_at_the_admin_listener_keeps_nobody_waiting(own_server):
    server = own_server()
    answered = 0

    def ask():
        nonlocal answered
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", server.admin_port), timeout=2, source_address=("127.0.0.78", 0)) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                answered += client.recv(64).startswith(b"HTTP/1.1 200")
        return answered >= 20

    with Dribblers(server) as strangers:
        wait_until(lambda: strangers.closed > 0, 20, "more of them than there are threads")
        wait_until(ask, 30, "another address to be answered 20 times, which is five seconds each where it has to wait for a head to end")


def test_thousands_from_one_address_leave_room_for_others(own_server, clients):
    server = own_server()
    for _ in range(2000):
        clients.append(connect(server, "127.0.0.77", framed(QUERY)))
    assert asks(server, tcp=True, source="127.0.0.78")
    assert asks(server, tcp=True, source="127.0.0.77")
    assert server.metrics()["isochrone_tcp_open_connections"] <= 257
