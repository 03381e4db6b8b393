"""`check --live`: what the probes would say of the gateways, before anybody is sent there."""

import json
import os
import socket
import subprocess

from lab import find_isochrone
from ports import free_ports
from server import Server

ZONE = """zone: live.example
records: steered.example.zone
defaults: {probe: well, ttl: 30s}
services:
  app: {gateways: {west: 127.0.5.1, east: 127.0.5.2}}
  lame: {probe: lame, gateways: {west: 127.0.5.1}}
  dark: {probe: none, gateways: {west: 127.0.5.3}}
"""


def test_each_target_is_probed_once_and_the_reason_told(tmp_path):
    well, closed = free_ports(2)
    files = Server(tmp_path, ["steered.example.zone"], probes=[])
    (tmp_path / "zones" / "live.yaml").write_text(ZONE)
    (tmp_path / "probes" / "probes.yaml").write_text(
        f"regions: {{west: {{}}, east: {{}}}}\nprobes:\n  well: {{kind: tcp, port: {well}}}\n  lame: {{kind: tcp, port: {closed}}}\n")
    with socket.create_server(("127.0.5.1", well)), socket.create_server(("127.0.5.2", well)) as east:
        done = files.isochrone("check", "--live")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "3 targets probed once from here, 1 would fail" in done.stdout
        line = next(line for line in done.stdout.splitlines() if "would fail because" in line)
        assert line.startswith("127.0.5.1 ") and "(west, lame)" in line
        assert line.endswith(f"this probe would fail because connection refused by 127.0.5.1:{closed}")

        told = json.loads(files.isochrone("check", "--live", "--json").stdout)
        assert [(p["region"], p["probe"], p["local"]) for p in told["live"]] == [("west", "lame", False)]
        assert told["errors"] == 0

        east.close()
        assert "2 would fail" in files.isochrone("check", "--live").stdout
    assert files.isochrone("check").returncode == 0, "without --live nothing is probed"


def test_a_reader_that_has_seen_enough(tmp_path):
    """More than stdio keeps for a pipe, so that a write fails in the midst of it; what was found is told by the exit status."""
    closed, = free_ports(1)
    files = Server(tmp_path, ["steered.example.zone"], probes=[])
    services = "".join(f"  s{i}: {{gateways: {{west: 127.0.5.{i}}}}}\n" for i in range(1, 101))
    (tmp_path / "zones" / "live.yaml").write_text(f"zone: live.example\nrecords: steered.example.zone\ndefaults: {{probe: lame}}\nservices:\n{services}")
    (tmp_path / "probes" / "probes.yaml").write_text(f"regions: {{west: {{}}}}\nprobes: {{lame: {{kind: tcp, port: {closed}}}}}\n")
    command = [find_isochrone(), "check", "--live", "--config", files.config]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 2 and b"the output cannot be written: No space left on device" in done.stderr
