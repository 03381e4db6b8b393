"""etcd's own housekeeping: a quota that is full, and history that is compacted away. No answer may notice."""

import base64
import json
import shutil
import signal
import urllib.error
import urllib.request

import pytest
from cluster import Cluster, status_of
from lab import wait_until
from server import rrset

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

ONLY4, ZONE = "only4.steered.example", "zones/steered.example.yaml"
FULL = "database space exceeded"


def addresses(node):
    answer = node.ask(ONLY4, "A", subnet="198.51.100.0/24")
    return rrset(answer, answer.answer, ONLY4, "A")


def cluster_of(node):
    return status_of(node)["cluster"]


def put(etcd, key, value):
    """What etcd says against it; "" where it is done. A value may be as large as etcd takes."""
    body = json.dumps({"key": base64.b64encode(key.encode()).decode(), "value": base64.b64encode(value).decode()}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(etcd.url + "/v3/kv/put", body), timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode()


def fill(etcd):
    """Writes one key again and again until its history has the whole quota."""
    for _ in range(100):
        if refusal := put(etcd, "history", bytes(1 << 20)):
            assert FULL in refusal
            return
    raise AssertionError("the quota is never full")


def compact(etcd):
    revision = etcd.ask("/v3/maintenance/status", {})["header"]["revision"]
    etcd.ask("/v3/kv/compaction", {"revision": revision, "physical": True})


def test_a_full_quota_is_told_and_survived(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"], etcd_options=["--quota-backend-bytes=16777216"]) as cluster:
        cluster.push()
        cluster.start()
        node, before = cluster.nodes[0], addresses(cluster.nodes[0])
        wait_until(lambda: len(cluster_of(node)["nodes"]) == 2, 10, "both nodes' accounts")
        fill(cluster.etcd)
        wait_until(lambda: FULL in cluster_of(node)["trouble"], 10, "the refusal to be told")
        assert cluster_of(node)["reached"] and addresses(node) == before
        assert node.metrics()["isochrone_cluster_writes_refused"] == 1
        table = node.isochrone("status", "--cluster")
        assert table.returncode == 1 and f"not taken: etcd at {cluster.etcd.url}" in table.stdout
        cluster.edit(ZONE, ("203.0.113.11", "203.0.113.12"))
        assert FULL in cluster.push(status=1).stderr
        assert FULL in node.isochrone("drain", "west", "--reason", "maintenance").stderr
        # Own keys do not come back now, for longer than a watch may be silent: that is no reason to begin it again.
        wait_until(lambda: min(n["heard"] for n in cluster_of(node)["nodes"]) > 8, 20, "the nodes' accounts to be old")
        assert cluster_of(node)["reached"] and len(cluster_of(node)["nodes"]) == 2 and addresses(node) == before
        assert "etcd is away" not in node.process.text().partition("etcd is watched")[2]
        # As docs/cluster.md has it: compact, defragment, disarm.
        compact(cluster.etcd)
        cluster.etcd.ask("/v3/maintenance/defragment", {})
        for alarm in cluster.etcd.ask("/v3/maintenance/alarm", {"action": "GET"})["alarms"]:
            cluster.etcd.ask("/v3/maintenance/alarm", {"action": "DEACTIVATE", **alarm})
        wait_until(lambda: not any(cluster_of(n)["trouble"] for n in cluster.nodes), 10, "writing to be possible again")
        assert node.metrics()["isochrone_cluster_writes_refused"] == 0
        assert "etcd takes what this node writes again" in node.process.text()
        done = cluster.push()
        assert "ns1 serves it" in done.stdout and "ns2 serves it" in done.stdout
        assert node.isochrone("status", "--cluster").returncode == 0


def test_compaction_takes_nothing_from_a_node_that_watches(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster:
        cluster.push()
        cluster.start()
        first, second = cluster.nodes
        compact(cluster.etcd)
        cluster.edit(ZONE, ("203.0.113.11", "203.0.113.12"))
        cluster.push()
        # What happens while ns1 stands still, and more than its socket holds, is history before it goes on.
        first.process.popen.send_signal(signal.SIGSTOP)
        try:
            assert second.isochrone("drain", "west", "--reason", "maintenance").returncode == 0
            cluster.edit(ZONE, ("203.0.113.12", "203.0.113.13"))
            cluster.push("--no-wait")
            for _ in range(8):
                assert put(cluster.etcd, "isochrone/prod/live/primary/nobody", bytes(1 << 20)) == ""
            compact(cluster.etcd)
        finally:
            first.process.popen.send_signal(signal.SIGCONT)
        for node in (first, second):
            wait_until(lambda n=node: cluster_of(n)["revision"] == 3 and addresses(n) == ["203.0.113.13"], 20, "the revision and the drain")
        cluster.edit(ZONE, ("203.0.113.13", "203.0.113.14"))
        assert "ns1 serves it" in cluster.push().stdout
        assert addresses(first) == ["203.0.113.14"]
