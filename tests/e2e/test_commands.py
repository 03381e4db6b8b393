"""What an operator types, right and wrong: told in words, with the exit status that the docs name."""

import json
import os
import re
import subprocess

import pytest
from lab import find_isochrone
from server import Server

SHOP = "shop.steered.example"
CLIENT = "100.20.3.0/24"  # nearest to west


def isochrone(*arguments, **settings):
    return subprocess.run([find_isochrone(), *arguments], capture_output=True, timeout=60, check=False, **settings)


@pytest.mark.parametrize("word, told", [("chekc", "there is no command 'chekc'; did you mean 'check'?"), ("stauts", "did you mean 'status'?"),
                                        ("frobnicate", "there is no command 'frobnicate'\n"), ("check\x1b[31m", "'check?[31m'")])
def test_a_slip_in_a_command(word, told):
    done = isochrone(word)
    assert done.returncode == 2 and told in done.stderr.decode(), done.stderr


def test_a_node_that_does_not_run(own_server):
    server = own_server()
    server.stop()
    done = server.isochrone("status")
    assert done.returncode == 2 and "admin.sock: No such file or directory; is the node running" in done.stderr, done.stderr


EXPLAINED = [
    ("a CNAME to a service", ["portal.steered.example"], ["a CNAME leads to shop.steered.example.; ", "→ west", "IN A 192.0.2.10"]),
    ("a name below a delegation", ["x.child.static.example"], ["child.static.example. is delegated: its own name servers answer"]),
    ("a name of others", ["elsewhere.example"], ["elsewhere.example. A: REFUSED", "no zone of ours"]),
    ("a static name", ["www.static.example"], ["the zone's own records, whoever asks"]),
    ("no such name", ["nowhere.static.example"], ["NXDOMAIN", "of the negative answer (RFC 2308)"]),
    ("all types of a service", [SHOP, "--type", "ANY"], ["192.0.2.10", "→ west"]),
    ("an IPv6 form of an IPv4 network", [SHOP, "--client", "::ffff:100.20.3.4"], ["100.20.3.4/32 (client subnet)", "→ west"]),
]


@pytest.mark.parametrize("asked, told", [case[1:] for case in EXPLAINED], ids=[case[0] for case in EXPLAINED])
def test_explain(server, asked, told):
    done = server.isochrone("explain", *asked, *([] if "--client" in asked else ["--client", CLIENT]))
    assert done.returncode == 0, done.stderr
    for words in told:
        assert words in done.stdout
    assert ("TTL" in done.stdout) == ("REFUSED" not in done.stdout)


def test_what_is_no_text_breaks_nothing(own_server):
    server = own_server()
    (server.directory / "probes/latency.csv").write_bytes(b"prefix,caf\xe9,\x1b[31m\n")
    done = server.isochrone("check", "--json")
    assert done.returncode == 1
    assert [p["what"] for p in json.loads(done.stdout)["problems"]] == ["there is no region 'caf?'", "there is no region '?[31m'"]
    done = isochrone("drain", b"\xff", "--reason", "x", "--config", server.config)
    assert done.returncode == 1 and "there is no region" in done.stderr.decode()
    done = isochrone("drain", "west", "--reason", b"up\xffgrade\n\x1b[31m", "--config", server.config)
    assert done.returncode == 0, done.stderr
    drain = json.loads(server.isochrone("status", "--json").stdout)["drains"][0]
    assert "\x1b" not in drain["reason"] and "\n" not in drain["reason"] and drain["reason"].startswith("up")


@pytest.mark.parametrize("words, status, told", [
    (["west", "--for", "0s"], 2, "for: expected a duration from 1s to 365d"), (["west", "--for", ""], 2, "for: expected a duration"),
    (["shop"], 1, "there is no region 'shop'; did you mean 'shop.steered.example'?")])
def test_a_drain_that_is_not_meant(server, words, status, told):
    done = server.isochrone("drain", *words, "--reason", "upgrade")
    assert done.returncode == status and told in done.stderr, done.stderr


@pytest.mark.parametrize("words, told", [(["--client", "192.0.2.1/24"], "bits are set beyond the prefix"), (["--type", "AAA"], "unknown type 'AAA'"),
                                         (["--resolver", "here"], "not an IP address"), (["--colour"], "--colour")])
def test_what_is_wrong_with_the_command_line_has_one_status(server, words, told):
    done = server.isochrone("explain", SHOP, *words)
    assert done.returncode == 2 and told in done.stderr, done.stderr


@pytest.mark.parametrize("interval, bound", [("1s", "35.15 s"), ("1010ms", "35.17 s")])  # 1.1 × interval + 3 × 1 s + 2 × 0.5 s + 50 ms + 30 s
def test_a_bound_is_rounded_up(tmp_path, interval, bound):
    files = Server(tmp_path, ["steered.example.zone"], probes=[])
    (tmp_path / "zones" / "bound.yaml").write_text(
        "zone: bound.example\nrecords: steered.example.zone\ndefaults: {probe: p, ttl: 30s}\nservices: {app: {gateways: {west: 127.0.5.1}}}\n")
    (tmp_path / "probes" / "probes.yaml").write_text(f"regions: {{west: {{}}}}\nprobes: {{p: {{kind: tcp, port: 1, interval: {interval}, timeout: 1s}}}}\n")
    done = files.isochrone("check")
    assert done.returncode == 0 and done.stdout.rstrip().endswith(bound), done.stdout + done.stderr


def test_a_drain_ordered_again_says_what_it_replaces(own_server):
    server = own_server()

    def drain(*words):
        done = server.isochrone("drain", "west", "--reason", "upgrade", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout
    first = drain("--for", "2h")
    assert first.startswith("drained west for 120m; ") and "as before" not in first, first
    again = drain()
    assert re.match(r"drained west until undrained \(it was to end in 1[0-9.]+m\); [0-9]+ services? (is|are) moved as before:", again), again
    told = json.loads(drain("--for", "1h", "--json"))
    assert told["ends_in"] == 3600 and told["replaced"]["ends_in"] is None and told["replaced"]["reason"] == "upgrade", told
    drains = json.loads(server.isochrone("status", "--json").stdout)["drains"]
    assert len(drains) == 1 and 0 < drains[0]["expires_in"] <= 3600, "the last order counts"
    done = server.isochrone("undrain", "west")
    assert done.stdout.startswith("no longer drained: west; ") and "as before" not in done.stdout, done.stdout


@pytest.mark.parametrize("words", [["explain", SHOP], ["--help"], ["explain", "--help"]])
def test_output_that_nobody_gets(server, words):
    config = [] if "--help" in words else ["--config", server.config]
    with open("/dev/full", "wb") as full:
        done = subprocess.run([find_isochrone(), *words, *config], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 2 and b"the output cannot be written: No space left on device" in done.stderr


def test_status_shows_the_first_twenty_pools_or_all(own_server):
    server = own_server()
    services = "".join(f"  pool{n}: {{gateways: {{west: [192.0.2.{n}]}}}}\n" for n in range(1, 26))
    (server.directory / "zones" / "many.example.yaml").write_text(
        f"zone: many.example\nrecords: many.example.zone\ndefaults: {{probe: none, ttl: 30s, ttl-min: 5s}}\nservices:\n{services}")
    (server.directory / "zones" / "many.example.zone").write_text("$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n")
    done = server.isochrone("reload")
    assert done.returncode == 0, done.stderr
    pools = len(json.loads(server.isochrone("status", "--json").stdout)["pools"])
    assert pools > 25
    rows = {options: sum(line.rstrip().endswith("up") and ".example" in line for line in server.isochrone("status", *options).stdout.splitlines())
            for options in ((), ("--all",))}
    assert rows == {(): 20, ("--all",): pools}
    assert f"… and {pools - 20} more pools (--all)" in server.isochrone("status").stdout


def test_status_that_nobody_gets(server):
    """It notices by itself that a write fails, before the end; the reason is told all the same."""
    command = [find_isochrone(), "status", "--json", "--config", server.config]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 2 and b"the output cannot be written: No space left on device" in done.stderr
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reload_says_what_needs_a_restart(own_server):
    server = own_server()
    assert "restart" not in server.isochrone("reload").stderr
    server.config.write_text(server.config.read_text() + "# changed\n")
    done = server.isochrone("reload")
    assert done.returncode == 0 and "isochrone.yaml: warning: has changed since this node started" in done.stderr, done.stderr
