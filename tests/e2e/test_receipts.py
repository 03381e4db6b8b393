"""Probe receipts: what the last probes of a gateway showed, over the API and the command line, and a probe at once."""

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from faulty import HELLO, Certificates, FaultyGateways, context_of
from lab import wait_until
from ports import free_ports
from server import Server

HOST = "gw.receipts.example"
BODY = b"upstream \xff is down\n"
WELL, BUSY, EXPIRED, REFUSED, HANGING = (f"127.0.6.{number}" for number in range(1, 6))
GATEWAYS = {"well": WELL, "busy": BUSY, "expired": EXPIRED, "refused": REFUSED, "hanging": HANGING}
UNAVAILABLE = b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(BODY), BODY)


def hang(connection):
    while connection.recv(4096):  # until the other side has had enough
        pass


def write_files(folder, port, ca):
    services = "".join(f"  {name}: {{gateways: {{west: [{address}]}}}}\n" for name, address in GATEWAYS.items())
    for name, text in {
        "zones/receipts.example.yaml": "zone: receipts.example\nrecords: receipts.example.zone\n"
                                       f"defaults: {{probe: gateway}}\nservices:\n{services}",
        "zones/receipts.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml": f"regions: {{west: {{}}}}\nprobes:\n  gateway: {{kind: https, port: {port}, host: {HOST}, ca: {ca}, "
                              "http-version: 1, interval: 2s, timeout: 2s, recheck: 200ms}\n",
    }.items():
        (folder / name).write_text(text)


@pytest.fixture(name="server", scope="module")
def server_with_five_gateways(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receipts")
    port, = free_ports(1)
    certificates = Certificates(folder / "certificates", HOST)
    good = context_of(certificates.issue("good"))
    expired = context_of(certificates.issue("expired", start="20200101000000Z", end="20210203040506Z"))
    send = lambda octets: lambda connection: connection.sendall(octets)
    gateways = FaultyGateways(port, {WELL: send(HELLO), BUSY: send(UNAVAILABLE), EXPIRED: send(HELLO), REFUSED: None, HANGING: hang},
                              {WELL: good, BUSY: good, EXPIRED: expired})
    server = Server(folder / "server", zones=(), probes=(), node="receipts: 3\n")
    write_files(server.directory, port, certificates.ca[0])
    server.gateway_port = port
    try:
        with server:
            yield server
    finally:
        gateways.close()


def asked(server, target):
    """(HTTP status, answer) of /api/v1/receipts."""
    url = f"http://127.0.0.1:{server.admin_port}/api/v1/receipts?" + urllib.parse.urlencode({"target": target})
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def receipts(server, target):
    status, told = asked(server, target)
    assert status == 200, told
    vantages = told["targets"][0]["vantages"]
    return vantages[0]["receipts"] if vantages else []


def newest(server, name):
    found = []
    wait_until(lambda: found.extend(receipts(server, GATEWAYS[name])) or found, 15, f"a receipt of {name}")
    return found[0]


def test_a_receipt_shows_what_the_probe_saw(server):
    where = f"127.0.6.%d:{server.gateway_port}"
    well = newest(server, "well")
    assert (well["result"], well["status"], well["reason"]) == ("ok", 200, "")
    assert {"connect", "tls", "first_byte"} <= set(well["phases_ms"]) and well["rtt_ms"] > 0
    assert well["certificates"][0]["subject"] == HOST and well["certificates"][0]["issuer"] == "isochrone test"

    busy = newest(server, "busy")
    assert (busy["result"], busy["status"], busy["reason"]) == ("status", 503, "503 Service Unavailable, expected 200-299")
    assert busy["first_octets"] == r"upstream \xff is down\n"

    expired = newest(server, "expired")
    assert (expired["result"], expired["phase"]) == ("certificate", "TLS")
    assert expired["reason"] == "certificate expired on 2021-02-03 04:05 UTC"
    assert expired["certificates"][0]["names"] == HOST and expired["certificates"][0]["not_after"] == 1612325106

    refused = newest(server, "refused")
    assert (refused["result"], refused["phase"]) == ("refused", "connect")
    assert refused["reason"] == f"connection refused by {where % 4}" and "certificates" not in refused

    hanging = newest(server, "hanging")
    assert (hanging["result"], hanging["phase"]) == ("timeout", "TLS")
    assert hanging["reason"] == f"no answer from {where % 5} within 2s (TLS)" and hanging["phases_ms"]["tls"] > 100


def test_some_are_kept_and_the_first_failure_of_the_outage(server):
    wait_until(lambda: len(receipts(server, REFUSED)) == 4, 15, "three receipts and the first failure")
    kept = []

    def first_is_old():
        kept[:] = receipts(server, REFUSED)
        return kept[3]["age"] > kept[2]["age"] + 1
    wait_until(first_is_old, 15, "the first failure to be older than the ring")
    ages = [receipt["age"] for receipt in kept]
    assert ages == sorted(ages)
    assert len(receipts(server, WELL)) <= 3 or receipts(server, WELL)[3]["result"] != "ok"


def test_a_restart_keeps_the_failures(server):
    wait_until(lambda: receipts(server, EXPIRED) and receipts(server, EXPIRED)[-1]["age"] > 5, 20, "an outage that lasts")
    before = receipts(server, EXPIRED)[-1]
    server.stop()
    server.start()
    after = receipts(server, EXPIRED)[-1]
    assert after["age"] > before["age"] - 1  # it was saved with the whole second
    assert (after["result"], after["reason"], after["certificates"]) == ("certificate", before["reason"], before["certificates"])


def test_the_command_line_shows_them_aligned(server):
    newest(server, "busy")
    done = server.isochrone("probe", "receipts", "busy.receipts.example/west")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(BUSY) and lines[0].endswith("(west, gateway, https)")
    assert lines[1] == "from test"
    head = lines[2]
    row = next(line for line in lines if "503 Service Unavailable" in line)
    assert row.index("503 Service") == head.index("reason") and row.index("status") == head.index("result")
    assert any(line.startswith('    certificate "gw.receipts.example", issued by "isochrone test", for ') for line in lines)
    assert r'    answer begins "upstream \xff is down\n"' in lines
    told = json.loads(server.isochrone("probe", "receipts", BUSY, "--json").stdout)
    assert told["targets"][0]["kind"] == "https"


def test_probing_now_tells_and_counts_for_nothing(server):
    newest(server, "refused")
    done = server.isochrone("probe", "now", "well.receipts.example")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout and HOST in done.stdout
    done = server.isochrone("probe", "now", "west", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)["targets"]
    results = {target["address"]: target["vantages"][0]["receipts"][0]["result"] for target in told}
    assert results == {WELL: "ok", BUSY: "status", EXPIRED: "certificate", REFUSED: "refused", HANGING: "timeout"}
    # Beside the schedule: the node's own receipts go on at their own pace.
    assert all(len(target["vantages"][0]["receipts"]) == 1 for target in told)


def test_the_reason_is_that_of_check_live(server):
    done = server.isochrone("check", "--live")
    for name in ("busy", "expired", "refused"):
        assert f"this probe would fail because {newest(server, name)['reason']}" in done.stdout


def test_a_target_that_is_none(server):
    done = server.isochrone("probe", "receipts", "127.0.6.11")
    assert done.returncode == 1 and "nothing is probed at 127.0.6.11; did you mean '127.0.6.1'?" in done.stderr
    done = server.isochrone("probe", "now", "bussy.receipts.example")
    assert done.returncode == 1 and "did you mean 'busy.receipts.example'?" in done.stderr
    assert asked(server, "nowhere")[0] == 422
    assert server.isochrone("probe", "now").returncode != 0


def test_status_and_explain_say_where_to_look(server):
    wait_until(lambda: "down" in server.isochrone("status").stdout, 15, "a gateway to be down")
    assert "isochrone probe receipts" in server.isochrone("status").stdout
    wait_until(lambda: "isochrone probe receipts refused.receipts.example/west" in
               server.isochrone("explain", "refused.receipts.example").stdout, 15, "explain to say it")


def test_a_stranger_may_look_on_loopback_but_not_probe(server):
    request = urllib.request.Request(f"http://127.0.0.1:{server.admin_port}/api/v1/probe", data=b'{"target": "west"}', method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 401


@pytest.mark.parametrize(("value", "says"), [
    ("-1", "receipts: is '-1'; expected a whole number from 0 to 100"), ("101", "expected a whole number from 0 to 100"),
    ("many", "expected a whole number"),
])
def test_how_many_is_checked(tmp_path, value, says):
    files = Server(tmp_path, ["static.example.yaml", "static.example.zone"], probes=(), node=f"receipts: {value}\n")
    done = files.isochrone("check")
    assert done.returncode == 1 and says in done.stderr
