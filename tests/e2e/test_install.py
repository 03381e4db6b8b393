"""meson install puts everything where Debian expects it, and what it puts there works."""

import collections
import os
import re
import subprocess

import pytest
from lab import ROOT, find_isochrone
from server import have, run


@pytest.fixture(name="installed", scope="module")
def installed_tree(tmp_path_factory):
    """DESTDIR of an installation from the build that is being tested."""
    build = find_isochrone().parents[2]
    tree = tmp_path_factory.mktemp("installed")
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", tree], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tree


def find(tree, name):
    found = [path for path in tree.rglob(name)]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def test_everything_is_there(installed):
    for name in ("isochrone.8", "isochrone.service", "isochrone-observe.service", "azure-api.example.yaml", "azure-api.example.zone", "probes.yaml",
                 "isochrone-services.json", "alerts.yaml"):
        find(installed, name)
    program = next(path for path in installed.rglob("bin/isochrone"))
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip()


def test_the_first_configuration_is_read(installed):
    config = next(path for path in installed.rglob("etc/isochrone/isochrone.yaml"))
    done = subprocess.run([find_isochrone(), "check", "--config", config], capture_output=True, text=True, check=False)
    # Its folders are still to be filled; nothing else may be wrong.
    assert all("zones" in line or "probes" in line or "error" in line for line in done.stderr.splitlines()), done.stderr


@pytest.mark.parametrize("name", ["isochrone.service", "isochrone-observe.service"])
def test_the_unit_is_sound(installed, name):
    unit = find(installed, name)
    text = unit.read_text()
    for line in ("Type=notify", "Restart=on-failure", "NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes"):
        assert line in text
    if have("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
        faults = [line for line in done.stderr.splitlines() if name in line and "not executable" not in line]
        assert not faults, faults


def test_the_server_tells_systemd_when_it_is_ready(tmp_path):
    import socket

    from server import Server
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(tmp_path / "notify"))
        notified.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        try:
            with Server(tmp_path / "server", ["static.example.yaml", "static.example.zone"]):
                assert notified.recv(100) == b"READY=1"
        finally:
            del os.environ["NOTIFY_SOCKET"]
        assert notified.recv(100) == b"STOPPING=1"


def test_the_man_page_has_no_faults():
    if not have("groff"):
        pytest.skip("groff is not there")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", ROOT / "packaging/isochrone.8"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_the_man_page_has_every_option():
    lines = (ROOT / "packaging/isochrone.8").read_text().splitlines()
    tags = [re.sub(r'\\f[BRIP]|^\.B[IR]? |"', "", lines[i + 1]).replace("\\-", "-").split() for i, line in enumerate(lines) if line == ".TP"]
    told = collections.defaultdict(set)  # a command may be told in two ways of calling it
    for tag in tags:
        if tag[0] != "probe":
            told[tag[0]] |= set(re.findall(r"-[-\w]+", " ".join(tag[1:])))
    commands = set(re.findall(r"^([a-z]+)$", run([find_isochrone(), "--help-all"]), re.MULTILINE)) - {"probe"}
    assert commands <= {*told}
    for command in commands:
        for names in re.findall(r"^ +(-[-\w,]+)", run([find_isochrone(), command, "--help"]), re.MULTILINE):
            of_all = {"--help", "--help-all", "--config"}
            assert {*names.split(",")} & (told[command] | of_all), f"isochrone {command} {names}"
