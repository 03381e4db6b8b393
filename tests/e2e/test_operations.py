"""Starts, reloads and ends: what an operator does to a server, and what its clients notice of it: nothing."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import threading
import time

import dns.exception
import dns.message
import pytest
from lab import LabError, find_isochrone, wait_until
from server import framed, read_tcp, rrset

WWW = "www.static.example"
ZONE_FILE = "zones/static.example.zone"


def address_of(server, name=WWW):
    answer = server.ask(name, "A")
    return rrset(answer, answer.answer, name, "A")


def config_of(server):
    return json.loads(server.isochrone("status", "--json").stdout)["config"]


def rewrite(server, old, new, file=ZONE_FILE):
    """As an editor saves: a new file in the old one's place."""
    path = server.directory / file
    text = path.read_text()
    assert old in text
    path.with_name(".new").write_text(text.replace(old, new))
    path.with_name(".new").rename(path)


def test_a_changed_file_is_served(own_server):
    server = own_server()
    assert address_of(server) == ["192.0.2.80"]
    rewrite(server, "192.0.2.80", "192.0.2.81")
    wait_until(lambda: address_of(server) == ["192.0.2.81"], 10, "the change to be served")


def test_a_file_that_was_only_touched_changes_nothing(own_server):
    """Not even the warnings that are told of it."""
    server = own_server()
    rewrite(server, "192.0.2.80", "192.0.2.80\nwww          IN A    192.0.2.80")
    wait_until(lambda: config_of(server)["warnings"] == 1, 10, "the repetition to be told")
    before = config_of(server)["reloads"]
    os.utime(server.directory / ZONE_FILE, (0, 0))
    wait_until(lambda: config_of(server)["reloads"] > before, 10, "the node to have looked")
    assert config_of(server)["warnings"] == 1 and config_of(server)["last_reload_ok"]
    assert address_of(server) == ["192.0.2.80"]


def test_sighup_and_the_command_reload(own_server):
    server = own_server()
    rewrite(server, "192.0.2.80", "192.0.2.82")
    server.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: address_of(server) == ["192.0.2.82"], 10, "SIGHUP to reload")
    rewrite(server, "192.0.2.82", "192.0.2.83")
    done = server.isochrone("reload")
    assert done.returncode == 0, done.stderr
    assert address_of(server) == ["192.0.2.83"]


def test_a_failed_reload_changes_nothing(own_server):
    server = own_server()
    rewrite(server, "www          IN A    192.0.2.80", "www          IN A    192.0.2.999")
    done = server.isochrone("reload")
    assert done.returncode == 1
    assert "static.example.zone:" in done.stdout + done.stderr and "192.0.2.999" in done.stdout + done.stderr
    assert address_of(server) == ["192.0.2.80"]
    assert server.isochrone("check").returncode == 1
    assert server.isochrone("status").returncode == 1
    wait_until(lambda: server.metrics()["isochrone_config_last_reload_successful"] == 0, 5, "the metric to say so")
    rewrite(server, "192.0.2.999", "192.0.2.84")
    wait_until(lambda: address_of(server) == ["192.0.2.84"], 10, "the repaired file to be served")
    assert server.isochrone("status").returncode == 0


def test_a_zone_file_that_is_cut_or_gone(own_server):
    server = own_server()
    path = server.directory / ZONE_FILE
    whole = path.read_text()
    path.write_text(whole[:60])
    server.isochrone("reload")
    assert address_of(server) == ["192.0.2.80"]
    path.unlink()
    assert server.isochrone("reload").returncode == 1
    assert address_of(server) == ["192.0.2.80"]


def test_no_query_is_lost_over_reloads(own_server):
    server = own_server()
    asked, lost, mixed, stop = 0, 0, [], threading.Event()

    def ask():
        nonlocal asked, lost
        while not stop.is_set():
            asked += 1
            try:
                found = address_of(server)
                if found not in (["192.0.2.80"], ["192.0.2.90"]):
                    mixed.append(found)
            except dns.exception.Timeout:
                lost += 1
    asker = threading.Thread(target=ask)
    asker.start()
    try:
        for number in range(10):
            old, new = ("192.0.2.80", "192.0.2.90") if number % 2 == 0 else ("192.0.2.90", "192.0.2.80")
            rewrite(server, f"www          IN A    {old}", f"www          IN A    {new}")
            assert server.isochrone("reload").returncode == 0
    finally:
        stop.set()
        asker.join()
    assert asked > 20
    assert (lost, mixed) == (0, [])


def test_bad_files_at_a_first_start_are_refused(own_server):
    server = own_server()
    server.stop()
    rewrite(server, "zone: static.example", "zoen: static.example", "zones/static.example.yaml")
    for kept in sorted((server.directory / "state").rglob("*"), reverse=True):
        if not kept.is_dir():
            kept.unlink()
    done = server.isochrone("serve")
    assert done.returncode == 2
    assert "static.example.yaml:1:1:" in done.stderr and "zone" in done.stderr


def test_bad_files_at_a_later_start_serve_the_last_good_load(own_server):
    server = own_server()
    server.stop()
    rewrite(server, "zone: static.example", "zoen: static.example", "zones/static.example.yaml")
    server.start()
    assert address_of(server) == ["192.0.2.80"]
    assert server.isochrone("status").returncode == 1


def test_sigterm_answers_what_was_received(own_server):
    server = own_server()
    sent = [dns.message.make_query(WWW, "A", id=i) for i in range(1, 201)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker, server.connect() as connection:
        talker.settimeout(5)
        talker.connect(("127.0.0.1", server.port))
        connection.sendall(b"".join(map(framed, sent[:50])))
        assert len(read_tcp(connection, 50)) == 50
        for query in sent:
            talker.send(query.to_wire())
        server.process.popen.send_signal(signal.SIGTERM)
        answered = {talker.recv(4096)[:2] for _ in sent}
    assert len(answered) == len(sent)


@contextlib.contextmanager
def held(path):
    """Who opens that file waits, for 45 seconds where nothing else is set (fcntl(2), leases). Yields what becomes true once somebody does."""
    opened = threading.Event()
    before = signal.signal(signal.SIGIO, lambda *_: opened.set())
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as error:
            pytest.skip(f"no lease on a file here: {error}")
        yield opened.is_set
    finally:
        os.close(descriptor)
        signal.signal(signal.SIGIO, before)


def test_sigterm_does_not_wait_for_a_load(own_server):
    """Who asked for it is told, and what is to be kept is saved."""
    server = own_server()
    authorities = server.directory / "probes" / "ca.pem"
    authorities.write_text("none\n")
    with (server.directory / "probes" / "probes.yaml").open("a") as probes:
        probes.write("probes: {held: {kind: https, ca: ca.pem}}\n")
    assert server.isochrone("reload").returncode == 0
    health = server.directory / "state" / "health"
    with held(authorities) as load_is_held:
        asked = subprocess.Popen([find_isochrone(), "reload", "--config", server.config], stderr=subprocess.PIPE, text=True)
        try:
            wait_until(load_is_held, 10, "the load to begin")
            assert asked.stderr.readline() == "waiting for the load to end\n"
            health.unlink(missing_ok=True)
            server.process.popen.send_signal(signal.SIGTERM)
            assert server.process.end_by_itself(20) == 0
            assert asked.wait(5) == 2 and "the node stopped before the load ended" in asked.stderr.read()
        finally:
            asked.kill()
            asked.communicate()
    assert health.exists()


def test_sigterm_does_not_wait_for_a_probe(own_server):
    server = own_server()
    with socket.create_server(("127.0.0.1", 0)) as gateway:  # it takes a connection, and says nothing
        gateway.settimeout(10)
        for file, text in (("probes/hangs.yaml", f"probes: {{hangs: {{kind: http, port: {gateway.getsockname()[1]}, interval: 24h, timeout: 2m}}}}\n"),
                           ("zones/hangs.example.zone", "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n"),
                           ("zones/hangs.example.yaml", "zone: hangs.example\nrecords: hangs.example.zone\n"
                                                        "services: {www: {probe: hangs, gateways: {west: [127.0.0.1]}}}\n")):
            (server.directory / file).write_text(text)
        assert server.isochrone("reload").returncode == 0
        asked = subprocess.Popen([find_isochrone(), "probe", "now", "127.0.0.1", "--config", server.config], stderr=subprocess.PIPE, text=True)
        try:
            connection = gateway.accept()[0]
            server.process.popen.send_signal(signal.SIGTERM)
            assert server.process.end_by_itself(20) == 0
            assert asked.wait(5) == 1 and "the node stopped before the probe had ended" in asked.stderr.read()
        finally:
            asked.kill()
            asked.communicate()
        connection.close()


def test_killed_and_started_again(own_server):
    server = own_server()
    server.process.popen.kill()
    server.process.popen.wait()
    started = time.monotonic()
    server.start()
    assert address_of(server) == ["192.0.2.80"]
    assert time.monotonic() - started < 20


def test_a_busy_port_is_said(own_server, tmp_path):
    server = own_server()
    other = tmp_path / "other.yaml"
    other.write_text(server.config.read_text().replace("state: state", "state: state2").replace(
        f"admin: 127.0.0.1:{server.admin_port}\n", ""))
    (tmp_path / "zones").symlink_to(server.directory / "zones")
    (tmp_path / "probes").symlink_to(server.directory / "probes")
    server.config, mine = other, server.config
    done = server.isochrone("serve")
    server.config = mine
    assert done.returncode == 2
    assert str(server.port) in done.stderr and "in use" in done.stderr


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_of_the_server_itself(own_server, path):
    server = own_server()
    with socket.create_connection(("127.0.0.1", server.admin_port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        assert connection.recv(100).split()[1] == b"200"


def test_the_data_of_these_tests_is_clean(own_server):
    done = own_server().isochrone("check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_query_log_is_written_and_rotated(own_server):
    server = own_server(node="query-log: {file: queries.log, sample: 1}\n")
    path = server.directory / "queries.log"
    server.ask(WWW, "A", subnet="198.51.100.0/24")
    wait_until(lambda: WWW in path.read_text(), 5, "the query to be logged")
    line = next(json.loads(text) for text in path.read_text().splitlines() if WWW in text)
    assert line["subnet"] == "198.51.100.0/24" and line["type"] == "A" and line["rcode"] == "NOERROR"
    assert line["resolver"] == "127.0.0.1" and line["transport"] == "udp"
    path.rename(path.with_suffix(".1"))
    server.process.popen.send_signal(signal.SIGHUP)
    wait_until(path.exists, 5, "the log to be opened anew")
    server.ask(WWW, "A", tcp=True)
    wait_until(lambda: '"tcp"' in path.read_text(), 5, "the next query to be in the new file")


def test_a_query_log_waits_for_no_reader(own_server):
    server = own_server(node="query-log: {file: queries.log, sample: 1}\n")
    server.stop()
    path = server.directory / "queries.log"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(LabError, match="queries.log: nobody reads this pipe"):
        server.start()
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # who opens it, and reads nothing
    try:
        server.start()
        for _ in range(600):  # more than a pipe holds
            server.ask(WWW, "A")
        assert server.isochrone("status").returncode == 0
    finally:
        os.close(reader)
