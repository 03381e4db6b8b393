"""Several nodes with etcd: one configuration, pushed once, served by all, and served on when etcd is gone."""

import base64
import json
import os
import shutil
import signal
import subprocess

import pytest
from cluster import Cluster, Swallower, status_of
from lab import find_isochrone, wait_until
from server import rrset

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

SHOP, ONLY4 = "shop.steered.example", "only4.steered.example"
ZONE = "zones/steered.example.yaml"


@pytest.fixture(name="cluster")
def two_nodes(tmp_path):
    with Cluster(tmp_path / "cluster", ["ns1", "ns2"]) as made:
        yield made


def addresses(node, name=SHOP, rrtype="A"):
    answer = node.ask(name, rrtype, subnet="198.51.100.0/24")
    return rrset(answer, answer.answer, name, rrtype)


def cluster_of(node):
    return status_of(node)["cluster"]


def test_what_is_pushed_is_served_by_every_node(cluster):
    assert "revision 1:" in cluster.push("-m", "first").stdout
    cluster.start()
    before = addresses(cluster.nodes[0], ONLY4)
    assert before and addresses(cluster.nodes[1], ONLY4) == before
    cluster.edit(ZONE, ("192.0.2.11", "192.0.2.99"), ("203.0.113.11", "203.0.113.99"))
    done = cluster.push("-m", "new machines", "--force")
    assert "ns1 serves it" in done.stdout and "ns2 serves it" in done.stdout
    for node in cluster.nodes:
        assert addresses(node, ONLY4)[0].endswith(".99")
        told = cluster_of(node)
        assert (told["revision"], told["why"], told["reached"]) == (2, "new machines", True)
    # Both say so of each other, and would answer alike.
    wait_until(lambda: [n["revision"] for n in cluster_of(cluster.nodes[0])["nodes"]] == [2, 2], 10, "each node's account")
    assert len({n["answers"] for n in cluster_of(cluster.nodes[0])["nodes"]}) == 1
    table = cluster.nodes[0].isochrone("status", "--cluster")
    assert table.returncode == 0 and "ns1" in table.stdout and "ns2" in table.stdout
    assert cluster.nodes[0].metrics()["isochrone_cluster_revision"] == 2
    assert "nothing has changed" in cluster.push().stdout


def test_a_push_that_would_break_a_live_service_is_refused(cluster):
    cluster.push()
    for old, new, said in (("192.0.2.11]\n      east: [203.0.113.11", "192.0.2.98]\n      east: [203.0.113.98", "only4.steered.example keeps none of its addresses"),
                           ("  only4:", "  other4:", "only4.steered.example is gone"),
                           ("203.0.113.11]", "203.0.113.11, 203.0.113.12]", None)):
        text = (cluster.files / ZONE).read_text()
        cluster.edit(ZONE, (old, new))
        done = cluster.push("--dry-run", status=1 if said else 0)
        assert (said or ONLY4) in done.stdout + done.stderr
        assert "clients:" in done.stdout and "\n+  " in done.stdout
        (cluster.files / ZONE).write_text(text)
    assert [r["revision"] for r in json.loads(cluster.isochrone("history", "--json").stdout)] == [1]


def test_files_with_mistakes_are_not_pushed(cluster):
    cluster.push()
    cluster.edit(ZONE, ("routing: latency", "routing: latancy"))
    done = cluster.push(status=1)
    assert "zones/steered.example.yaml:4:" in done.stderr and "did you mean 'latency'" in done.stderr
    cluster.edit(ZONE, ("routing: latancy", "routing: latency"), ("steered.example.zone", "/etc/hostname"))
    assert cluster.push(status=1).stderr
    cluster.edit(ZONE, ("/etc/hostname", "../../outside.zone"))
    (cluster.directory / "outside.zone").write_text((cluster.files / "zones/steered.example.zone").read_text())
    assert "lies outside of" in cluster.push(status=1).stderr


def test_history_pull_and_rollback(cluster, tmp_path):
    cluster.push("-m", "first")
    cluster.start(cluster.nodes[0])
    cluster.edit(ZONE, ("192.0.2.11", "192.0.2.99"))
    cluster.push("-m", "second")
    revisions = json.loads(cluster.isochrone("history", "--json").stdout)
    assert [(r["revision"], r["why"]) for r in revisions] == [(1, "first"), (2, "second")]
    assert "second" in cluster.isochrone("history").stdout
    serial = rrset(answer := cluster.nodes[0].ask("steered.example", "SOA"), answer.answer, "steered.example", "SOA")[0].split()[2]
    done = cluster.isochrone("rollback", "1")
    assert done.returncode == 0 and "revision 3" in done.stdout, done.stdout + done.stderr
    assert any(r.get("copy_of") == 1 for r in json.loads(cluster.isochrone("history", "--json").stdout))
    # The serial goes on, or secondaries would not follow.
    answer = cluster.nodes[0].ask("steered.example", "SOA")
    assert int(rrset(answer, answer.answer, "steered.example", "SOA")[0].split()[2]) == int(serial) + 1
    assert "no revision 9" in cluster.isochrone("rollback", "9").stderr
    pulled = tmp_path / "pulled"
    assert cluster.isochrone("pull", "--to", pulled, "--revision", "2").returncode == 0
    assert "192.0.2.99" in (pulled / ZONE).read_text()
    assert cluster.isochrone("pull", "--to", pulled).returncode == 1  # would write over files
    assert "revision 4" in cluster.push("--from", pulled).stdout


def test_etcd_gone_and_back(cluster):
    cluster.push()
    cluster.start()
    node = cluster.nodes[0]
    was = addresses(node)
    cluster.etcd.stop()
    wait_until(lambda: not cluster_of(node)["reached"], 15, "etcd's absence to be noticed")
    assert addresses(node) == was
    assert node.isochrone("status", "--cluster").returncode == 1
    assert node.isochrone("drain", "west", "--reason", "no etcd").returncode == 1
    assert cluster.push(status=2).stderr.startswith("etcd at http://127.0.0.1:")
    # Restarted without etcd: what was good last, at once.
    node.stop()
    node.start()
    assert addresses(node) == was and cluster_of(node)["revision"] == 1
    # An operator who must: here now, everywhere later.
    assert node.isochrone("drain", "west", "--reason", "now", "--here").returncode == 0
    assert "192.0.2.11" not in addresses(node, ONLY4)
    cluster.etcd.start()
    wait_until(lambda: "192.0.2.11" not in addresses(cluster.nodes[1], ONLY4), 20, "the drain to reach the other node")
    cluster.edit(ZONE, ("203.0.113.11", "203.0.113.12"))
    done = cluster.push()
    assert "ns1 serves it" in done.stdout and "ns2 serves it" in done.stdout


def test_a_drain_on_one_node_reaches_the_other_and_survives_a_restart(cluster):
    cluster.push()
    cluster.start()
    first, second = cluster.nodes
    assert first.isochrone("drain", "west", "--reason", "maintenance").returncode == 0
    wait_until(lambda: addresses(second, ONLY4) == ["203.0.113.11"], 5, "the drain on the other node")
    second.stop()
    second.start()
    assert addresses(second, ONLY4) == ["203.0.113.11"]
    assert second.isochrone("undrain", "west").returncode == 0
    wait_until(lambda: not status_of(first)["drains"], 5, "the drain's end on the first node")
    assert first.isochrone("undrain", "west").returncode == 1


def test_a_drain_whose_answer_is_lost_was_ordered_all_the_same(cluster):
    cluster.push()
    node = cluster.nodes[0]
    with Swallower(cluster.etcd.port, "/v3/kv/txn") as first:
        node.config.write_text(node.config.read_text().replace(f'"{cluster.etcd.url}"', f'"{first.url}", "{cluster.etcd.url}"'))
        cluster.start(node)
        done = node.isochrone("drain", "west", "--reason", "maintenance")
        assert first.swallowed and done.returncode == 0, done.stdout + done.stderr
        wait_until(lambda: addresses(node, ONLY4) == ["203.0.113.11"], 5, "the drain")


def test_a_stop_does_not_wait_for_etcd(cluster):
    cluster.push()
    node = cluster.nodes[0]
    with Swallower(cluster.etcd.port, "/v3/kv/txn", hangs=True) as only:
        node.config.write_text(node.config.read_text().replace(cluster.etcd.url, only.url))
        cluster.start(node)
        asked = subprocess.Popen([find_isochrone(), "drain", "west", "--reason", "maintenance", "--config", node.config],
                                 stderr=subprocess.PIPE, text=True)
        wait_until(lambda: only.swallowed, 10, "etcd to be asked")
        node.stop()
        assert "not known to be done: the node stopped before etcd answered" in asked.communicate(timeout=10)[1]


def test_a_node_that_cannot_load_a_revision_serves_the_one_before(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"], regions={"ns1": "west", "ns2": "north"}) as cluster:
        cluster.push()
        cluster.start()
        # ns2 stands in a region that is gone from the list.
        cluster.edit("probes/probes.yaml", ("  north: {}\n", ""))
        (cluster.files / "probes/latency.csv").write_text("prefix,west,east\n198.51.100.0/24,10,50\n")
        cluster.edit(ZONE, ('      north: [198.51.100.10, "2001:db8:2::10"]\n', ""))
        done = cluster.push(status=1)
        assert "ns1 serves it" in done.stdout and "ns2 refuses it" in done.stdout
        told = cluster_of(cluster.nodes[1])
        assert (told["revision"], told["refused"]) == (1, 2) and "there is no region 'north'" in told["fault"]
        assert addresses(cluster.nodes[1])
        assert cluster.nodes[1].metrics()["isochrone_cluster_refused_revision"] == 2


def test_a_changed_service_needs_its_primary_region(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"], regions={"ns1": "west", "ns2": "east"}) as cluster:
        cluster.push()  # nobody is asked for a first one
        cluster.start(cluster.nodes[1])
        cluster.edit(ZONE, ("192.0.2.10", "192.0.2.20"))  # shop's primary is west, where no node is live
        done = cluster.push(status=1)
        assert "shop.steered.example: no node is live in its primary region west" in done.stderr
        assert "did you mean 'west'" in cluster.isochrone("promote", SHOP, "wets").stderr
        assert cluster.isochrone("promote", SHOP, "east").returncode == 0
        cluster.push()
        cluster.start(cluster.nodes[0])
        assert cluster_of(cluster.nodes[0])["revision"] == 2


def test_etcd_with_an_older_state_changes_nothing(cluster):
    cluster.push()
    cluster.start(cluster.nodes[0])
    cluster.edit(ZONE, ("192.0.2.11", "192.0.2.99"))
    cluster.push()
    node = cluster.nodes[0]
    cluster.etcd.stop()
    shutil.rmtree(cluster.etcd.directory / "etcd")
    cluster.etcd.start()
    wait_until(lambda: [n["revision"] for n in cluster_of(node)["nodes"]] == [2], 15, "the node's account in the new etcd")
    assert "revision 3:" in cluster.push().stdout  # behind what the node serves, though this etcd knows of none


def test_a_push_right_after_a_restore_gets_a_number_behind_what_nodes_serve(cluster):
    """etcd is put back to revision 1 and a push is quicker than the node, which serves another revision 2."""
    cluster.push()
    node = cluster.nodes[0]
    cluster.start(node)
    wait_until(lambda: [n["revision"] for n in cluster_of(node)["nodes"]] == [1], 10, "the node's account")
    data, backup = cluster.etcd.directory / "etcd", cluster.etcd.directory / "backup"
    cluster.etcd.stop()
    shutil.copytree(data, backup)
    cluster.etcd.start()
    cluster.edit(ZONE, ("192.0.2.11", "192.0.2.22"))
    assert "ns1 serves it" in cluster.push().stdout
    pid = node.process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        cluster.etcd.stop()
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        cluster.etcd.start()
        cluster.edit(ZONE, ("192.0.2.22", "192.0.2.33"))
        with subprocess.Popen([find_isochrone(), "push", "--config", cluster.files / "isochrone.yaml"], stdout=subprocess.PIPE, text=True) as push:
            config = base64.b64encode(b"isochrone/prod/live/config").decode()
            head = lambda: json.loads(base64.b64decode(cluster.etcd.ask("/v3/kv/range", {"key": config})["kvs"][0]["value"]))
            wait_until(lambda: head()["revision"] == 2 or push.poll() is not None, 20, "the push")
            os.kill(pid, signal.SIGCONT)
            said, _ = push.communicate(timeout=30)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert push.returncode == 0 and "it was put back to an older state" in said and "ns1 serves it" in said.split("revision 3:")[1], said
    assert addresses(node, ONLY4) == ["192.0.2.33"]
    # The same files are pushed again where a node serves something else.
    assert "nothing has changed since revision 3" in cluster.push().stdout
    account = json.dumps({"format": 1, "node": "ns9", "region": "", "version": "9", "run": 1, "revision": 3, "manifest": "of another push", "refused": 0,
                          "fault": "", "answers": "", "vantages": [], "loaded_at": 0})
    key = base64.b64encode(b"isochrone/prod/live/node/ns9").decode()
    cluster.etcd.ask("/v3/kv/put", {"key": key, "value": base64.b64encode(account.encode()).decode()})
    assert "revision 4:" in cluster.push("--no-wait").stdout


def test_rubbish_in_etcd_is_told_and_changes_nothing(cluster):
    cluster.push()
    cluster.start(cluster.nodes[0])
    node = cluster.nodes[0]
    was = addresses(node)
    config = base64.b64encode(b"isochrone/prod/live/config").decode()
    for value in (b"{", b'{"format": 99}', b""):
        before = cluster_of(node)["misunderstood"]
        cluster.etcd.ask("/v3/kv/put", {"key": config, "value": base64.b64encode(value).decode()})
        wait_until(lambda: cluster_of(node)["misunderstood"] > before, 5, "the rubbish to be told")
        assert addresses(node) == was and cluster_of(node)["revision"] == 1
    # Who pushes then is told, too.
    assert "the revision's head: not JSON" in cluster.push(status=2).stderr


def test_nothing_to_serve_is_told(cluster):
    done = cluster.nodes[0].isochrone("serve")
    assert done.returncode == 2 and "nothing was pushed to cluster 'prod' yet" in done.stderr
    cluster.etcd.stop()
    done = cluster.nodes[0].isochrone("serve")
    assert done.returncode == 2 and "etcd at http://127.0.0.1" in done.stderr and "none was kept in state" in done.stderr


def test_a_kept_revision_that_rotted_is_not_served(cluster):
    cluster.push()
    cluster.start(cluster.nodes[0])
    node = cluster.nodes[0]
    node.stop()
    rotten = node.directory / "state/cluster/revision-1" / ZONE
    rotten.write_text(rotten.read_text().replace("192.0.2.11", "192.0.2.66"))
    node.start()
    assert "192.0.2.66" not in addresses(node, ONLY4)
    assert not any("192.0.2.66" in p.read_text() for p in (node.directory / "state/cluster").rglob("*.yaml"))


def test_two_nodes_of_one_name_are_told(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster:
        cluster.push()
        second = cluster.nodes[1]
        second.config.write_text(second.config.read_text().replace("node: ns2", "node: ns1"))
        cluster.start()
        wait_until(lambda: any(cluster_of(node)["named_twice"] for node in cluster.nodes), 15, "the second of that name to be noticed")


def test_a_node_killed_while_it_adopts_comes_back(cluster):
    cluster.push()
    cluster.start(cluster.nodes[0])
    node = cluster.nodes[0]
    cluster.edit(ZONE, ("192.0.2.11", "192.0.2.77"))
    cluster.push("--no-wait")
    os.kill(node.process.pid, signal.SIGKILL)
    node.process.popen.wait()
    node.start()
    wait_until(lambda: cluster_of(node)["revision"] == 2, 10, "the second revision")


def test_a_node_of_a_neighbouring_version_takes_part(cluster):
    cluster.push()
    cluster.start(cluster.nodes[0])
    node = cluster.nodes[0]
    coded = lambda text: base64.b64encode(text.encode()).decode()
    key = lambda name: coded(f"isochrone/prod/live/node/{name}")
    put = lambda name, account: cluster.etcd.ask("/v3/kv/put", {"key": key(name), "value": coded(json.dumps(account))})
    wait_until(lambda: cluster_of(node)["nodes"], 10, "the node's own account")
    own = json.loads(base64.b64decode(cluster.etcd.ask("/v3/kv/range", {"key": key("ns1")})["kvs"][0]["value"]))
    newer = own | {"node": "ns9", "version": "9.9", "of_later_days": {"a": [1]}}
    put("ns9", newer)
    wait_until(lambda: [n["name"] for n in cluster_of(node)["nodes"]] == ["ns1", "ns9"], 5, "the newer node to be heard")
    table = node.isochrone("status", "--cluster")
    assert table.returncode == 0 and "9.9" in table.stdout
    # What a later format says is not guessed at: such a node is not in the list, and nothing else suffers.
    was = addresses(node)
    put("ns9", newer | {"format": own["format"] + 1})
    wait_until(lambda: [n["name"] for n in cluster_of(node)["nodes"]] == ["ns1"], 5, "the later format to be passed over")
    assert addresses(node) == was and cluster_of(node)["reached"]
    cluster.edit(ZONE, ("203.0.113.11", "203.0.113.12"))
    assert "ns1 serves it" in cluster.push().stdout
