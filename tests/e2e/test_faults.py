"""What an operator's machine does to a server: full disks, corrupt files, kills, busy addresses. It serves on, and says it."""

import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.message
import pytest
from lab import wait_until
from ports import free_ports
from server import Server, find_isochrone, framed, rrset

WWW = "www.static.example"
ZONE = "zones/static.example.zone"
DISKS = pytest.mark.skipif(os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode,
                           reason="a disk of its own needs root and a mount namespace")


def address_of(server, name=WWW):
    answer = server.ask(name, "A")
    return rrset(answer, answer.answer, name, "A")


def rewrite(server, old, new, file=ZONE):
    path = server.directory / file
    path.with_name(".new").write_text(path.read_text().replace(old, new))
    path.with_name(".new").rename(path)


def api(server, path):
    """JSON of the admin address: for a server whose admin.sock is in a namespace of its own, or not there."""
    arguments = ["curl", "-sS", "--max-time", "10", f"http://127.0.0.1:{server.admin_port}/api/v1/{path}"]
    return json.loads(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)


def within(server, *arguments):
    """A command in the server's own mount namespace, and with its root: ours may be a directory of another."""
    return subprocess.run(["nsenter", "-t", str(server.process.pid), "-m", "-r", *arguments], capture_output=True, text=True,
                          timeout=30, check=False)


@DISKS
def test_a_full_disk_is_said_once_and_mended(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    mount = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"'
    command = [find_isochrone(), "--config", tmp_path / "isochrone.yaml"]
    with Server(tmp_path, ["static.example.yaml", "static.example.zone", "steered.example.yaml", "steered.example.zone"],
                wrap=["unshare", "-m", "sh", "-c", mount, state]) as server:
        disk = pathlib.Path(f"/proc/{server.process.pid}/root{state}")
        assert server.metrics()["isochrone_state_writable"] == 1
        with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
            while True:
                filler.write(bytes(4096))
        for number in range(81, 84):
            rewrite(server, f"192.0.2.{number - 1}", f"192.0.2.{number}")
            assert within(server, *command[:1], "reload", *command[1:]).returncode == 0
            assert address_of(server) == [f"192.0.2.{number}"]
        drained = within(server, *command[:1], "drain", "east", "--reason", "test", *command[1:])
        assert drained.returncode == 0, drained.stderr
        failures = server.metrics()["isochrone_state_write_failures_total"]
        assert failures >= 4 and server.metrics()["isochrone_state_writable"] == 0
        assert any("No space left" in notice for notice in api(server, "status")["notices"])
        wait_until(lambda: server.metrics()["isochrone_state_write_failures_total"] > failures, 10, "another try")
        assert server.process.text().count("state cannot be written") == 1
        (disk / "filler").unlink()
        wait_until(lambda: server.metrics()["isochrone_state_writable"] == 1, 10, "everything to be on disk")
        assert server.process.text().count("state can be written again") == 1
        assert "east" in (disk / "drains").read_text()  # the drain of when it was full
        kept, = disk.glob("last-good-*/**/static.example.zone")
        assert "192.0.2.83" in kept.read_text()
        assert not api(server, "status")["notices"]


@DISKS
def test_a_start_with_a_read_only_disk(tmp_path):
    server = Server(tmp_path, ["static.example.yaml", "static.example.zone", "steered.example.yaml", "steered.example.zone"])
    with server:
        assert server.isochrone("drain", "east", "--reason", "before").returncode == 0
    (tmp_path / "state" / "cookie-secrets").unlink()
    with socket.socket(socket.AF_UNIX) as killed:  # left by a node that could not tidy up
        killed.bind(str(tmp_path / "state" / "admin.sock"))
    server.wrap = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"',
                   tmp_path / "state"]
    with server:
        assert address_of(server) == ["192.0.2.80"]
        status = api(server, "status")
        assert [drain["target"] for drain in status["drains"]] == ["east"]
        assert sum("Read-only file system" in notice for notice in status["notices"]) >= 2  # state, admin.sock
        assert server.process.text().count("state cannot be written") == 1
        assert server.isochrone("status").returncode == 2  # there is no admin.sock
        assert within(server, "mount", "-o", "remount,bind,rw", str(tmp_path / "state")).returncode == 0
        wait_until(lambda: server.metrics()["isochrone_state_writable"] == 1, 10, "everything to be on disk")
        assert (tmp_path / "state" / "cookie-secrets").exists()
        done = server.isochrone("status")
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_state_that_cannot_be_a_folder_is_refused(tmp_path):
    server = Server(tmp_path, ["static.example.yaml", "static.example.zone"])
    (tmp_path / "state").write_text("")
    done = server.isochrone("serve")
    assert done.returncode == 2
    assert "state: " in done.stderr and "not a folder" in done.stderr


def test_corrupt_state_is_set_aside(own_server):
    server = own_server()
    assert server.isochrone("drain", "east", "--reason", "test").returncode == 0
    wait_until(lambda: (server.directory / "state" / "serials").exists(), 5, "the serials to be kept")
    server.stop()
    state = server.directory / "state"
    (state / "health").write_bytes(bytes(4096))
    (state / "drains").write_text((state / "drains").read_text()[:-3])
    (state / "serials").write_text("")
    (state / "cookie-secrets").write_bytes(b"\xff" * 33)
    server.start()
    assert address_of(server) == ["192.0.2.80"]
    notices = " ".join(json.loads(server.isochrone("status", "--json").stdout)["notices"])
    for name in ("health", "drains", "serials", "cookie-secrets"):
        assert f"{name}.corrupt" in notices and (state / f"{name}.corrupt").exists(), name
    assert server.process.text().count("state set aside") == 4


def test_a_pipe_or_a_folder_in_state_is_set_aside(own_server):
    server = own_server()
    server.stop()
    state = server.directory / "state"
    for name in ("health", "serials", "cookie-secrets"):
        (state / name).unlink()
    os.mkfifo(state / "health")
    os.mkfifo(state / "health.new")
    (state / "serials").mkdir()
    os.mkfifo(state / "cookie-secrets")
    server.start()
    assert address_of(server) == ["192.0.2.80"]
    notices = " ".join(json.loads(server.isochrone("status", "--json").stdout)["notices"])
    for name in ("health", "serials", "cookie-secrets"):
        assert f"{name}.corrupt" in notices and "not a regular file" in notices, notices
    server.stop()
    assert (state / "health").is_file() and (state / "serials").is_file() and (state / "cookie-secrets").is_file()


def test_a_kill_forgets_no_verdict(tmp_path):
    port, = free_ports(1)
    server = Server(tmp_path, zones=(), probes=())
    for name, text in {
        "zones/kill.example.yaml": "zone: kill.example\nrecords: kill.example.zone\ndefaults: {probe: p}\n"
                                   "services:\n  svc: {gateways: {near: [127.0.1.30], far: [127.0.2.30]}}\n",
        "zones/kill.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml": "regions: {near: {}, far: {}}\nlatency: [{table: t.csv}]\nprobes: {p: {kind: tcp, "
                              f"port: {port}, interval: 1s, timeout: 500ms, recheck: 100ms, fall: 2, rise: 2}}}}\n",
        "probes/t.csv": "prefix,near,far\n0.0.0.0/0,10,50\n",
    }.items():
        (tmp_path / name).write_text(text)

    def since():
        """For how long the near gateway has been down."""
        gateways = json.loads(server.isochrone("status", "--json").stdout)["pools"][0]["gateways"]
        sights = next(g for g in gateways if g["region"] == "near")["addresses"][0]["vantages"]
        return sights[0]["since"] if sights and sights[0]["verdict"] == "down" else None

    with socket.create_server(("127.0.2.30", port)):
        server.start()
        wait_until(lambda: since() is not None, 10, "the near gateway to be down")
        saved = server.directory / "state" / "health"
        wait_until(lambda: saved.exists() and '"verdict":2' in saved.read_text().replace(" ", ""), 10, "the verdict to be on disk")
        server.process.popen.kill()
        server.process.popen.wait()
        server.start()
        assert address_of(server, "svc.kill.example") == ["127.0.2.30"]
        uptime = json.loads(server.isochrone("status", "--json").stdout)["uptime"]
        assert since() > uptime  # it was never unknown
        server.stop()


def test_sigterm_under_load_loses_no_query(own_server):
    server = own_server()
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    for one in sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        one.settimeout(5)
        one.connect(("127.0.0.1", server.port))
    connections = [server.connect() for _ in range(20)]
    burst = 40  # of 4 sockets: fits into the kernel's queue also where an ordinary user may not widen it
    queries = [dns.message.make_query(WWW, "A", id=i).to_wire() for i in range(1, 301)]
    stop = threading.Event()

    def flood():  # what comes behind them may be lost where the queue is full, and must not keep the server
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
            talker.connect(("127.0.0.1", server.port))
            while not stop.is_set():
                try:
                    talker.send(queries[0])
                except ConnectionRefusedError:
                    return
    flooder = threading.Thread(target=flood)
    try:
        for connection in connections:
            connection.sendall(b"".join(map(framed, queries)))
        for query in queries[:burst]:
            for one in sockets:
                one.send(query)
        for one in sockets:
            one.send(b"")  # an empty datagram is nobody's signal to end
        flooder.start()
        server.process.popen.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert server.process.popen.wait(10) == 0
        assert time.monotonic() - began < 5
    finally:
        stop.set()
        flooder.join()
    for one in sockets:
        assert {one.recv(4096)[:2] for _ in range(burst)} == {query[:2] for query in queries[:burst]}
        one.close()
    for connection in connections:
        stream = connection.makefile("rb").read()
        ids = set()
        while stream:
            length, = struct.unpack("!H", stream[:2])
            ids.add(stream[2:4])
            stream = stream[2 + length:]
        assert ids == {query[:2] for query in queries}
        connection.close()


def test_a_busy_admin_address_and_a_state_in_use_are_said(own_server):
    server = own_server()
    text = server.config.read_text()
    port, admin_port = free_ports(2)
    mine = server.config
    try:
        for name, old, new, words in [
            ("admin", "state: state\n", "state: other\n", f"admin: cannot listen on 127.0.0.1:{server.admin_port}: Address already in use"),
            ("state", f"127.0.0.1:{server.admin_port}", f"127.0.0.1:{admin_port}", "another isochrone is running with this `state`"),
        ]:
            server.config = mine.with_name(f"{name}.yaml")
            server.config.write_text(text.replace(f":{server.port}\"", f":{port}\"").replace(old, new))
            done = server.isochrone("serve")
            assert done.returncode == 2, name
            assert words in done.stderr, (name, done.stderr)
    finally:
        server.config = mine
    assert address_of(server) == ["192.0.2.80"]


def test_vanishing_files_and_bombs(own_server):
    server = own_server()
    zone = server.directory / "zones" / "static.example.yaml"
    whole = zone.read_text()
    table = server.directory / "probes" / "latency.csv"
    kept = table.read_text()
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20))
    cases = [
        ("anchors that expand to 9^20", lambda: zone.write_text(bomb), "static.example.yaml:1:"),
        ("nested 100,000 deep", lambda: zone.write_text("a: " + "[" * 100_000), "static.example.yaml:1:"),
        ("a key twice", lambda: zone.write_text(whole + "zone: static.example\n"), "static.example.yaml:"),
        ("no UTF-8", lambda: zone.write_bytes(b"zone: \xff\xfe\n"), "static.example.yaml:1:"),
        ("a directory", lambda: (zone.unlink(), zone.mkdir()), "static.example.yaml"),
        ("a table that vanished", table.unlink, "latency.csv"),
        ("a table that is a directory", lambda: (table.unlink(), table.mkdir()), "latency.csv"),
    ]
    for name, spoil, words in cases:
        spoil()
        began = time.monotonic()
        done = server.isochrone("reload")
        assert done.returncode == 1 and words in done.stdout + done.stderr, (name, done.stdout[-500:] + done.stderr[-500:])
        assert time.monotonic() - began < 10, name
        assert address_of(server) == ["192.0.2.80"], name
        for path, text in ((zone, whole), (table, kept)):
            if path.is_dir():
                path.rmdir()
            path.write_text(text)
    assert server.isochrone("reload").returncode == 0
    assert server.isochrone("status").returncode == 0


def test_a_file_that_is_cut_and_whole_again_all_the_time(own_server):
    """Somebody writes without renaming, in pieces; what is served is whole, old or new."""
    server = own_server()
    path = server.directory / ZONE
    whole = path.read_text()
    for number in range(1, 16):
        text = whole.replace("192.0.2.80", f"192.0.2.{100 + number}")
        with path.open("w") as out:
            for at in range(0, len(text), len(text) // 3 + 1):
                out.write(text[at:at + len(text) // 3 + 1])
                out.flush()
                found = address_of(server)
                assert len(found) == 1 and found[0] in {"192.0.2.80", *(f"192.0.2.{100 + n}" for n in range(1, number + 1))}
    wait_until(lambda: address_of(server) == ["192.0.2.115"], 10, "the last of them to be served")
