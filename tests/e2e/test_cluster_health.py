"""What one vantage of a cluster measures, every node knows: through etcd, with no address of another node configured."""

import base64
import json
import shutil
import socket
import zlib

import pytest
from cluster import Cluster, status_of
from lab import wait_until
from server import rrset

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

PROBES = """regions:
  west: {{}}
  east: {{}}
probes:
  tcp: {{kind: tcp, port: {port}, {pace}, recheck: 100ms, fall: 2, rise: 1}}
vantages: {vantages}
{more}"""
ZONE = """zone: steered.example
records: steered.example.zone
defaults: {probe: tcp, ttl: 5s, ttl-min: 1s, quorum: majority}
services:
  shop:
    gateways:
      west: [127.0.0.2]
      east: [127.0.0.3]
"""


def listener(address, port=0):
    """A gateway that takes connections until it is closed."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(512)
    return made


def write(cluster, port, vantages):
    (cluster.files / "probes/probes.yaml").write_text(PROBES.format(port=port, pace="interval: 500ms, timeout: 300ms", vantages=vantages, more="steering: {frozen-after: 5s}\n"))
    (cluster.files / "probes/latency.csv").unlink(missing_ok=True)
    (cluster.files / "zones/steered.example.yaml").write_text(ZONE)


def answer_of(node):
    answer = node.ask("shop.steered.example", "A")
    return rrset(answer, answer.answer, "shop.steered.example", "A")


def verdicts(node):
    """{address: verdict} by the quorum, as that node has it."""
    return {a["address"]: a["verdict"] for pool in status_of(node)["pools"] for g in pool["gateways"] for a in g["addresses"]}


def heard(node, name):
    return next(v for v in status_of(node)["vantages"] if v["name"] == name)


def test_a_node_that_measures_nothing_has_its_verdicts_from_the_others(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster, listener("127.0.0.2") as west:
        port = west.getsockname()[1]
        east = listener("127.0.0.3", port)
        write(cluster, port, "{ns1: {}}")  # ns2 is no vantage
        cluster.push()
        cluster.start()
        first, second = cluster.nodes
        wait_until(lambda: verdicts(second) == {"127.0.0.2": "up", "127.0.0.3": "up"}, 15, "ns1's verdicts at ns2")
        east.close()
        wait_until(lambda: answer_of(second) == ["127.0.0.2"] and answer_of(first) == ["127.0.0.2"], 15, "both to leave the dead gateway")
        east = listener("127.0.0.3", port)
        wait_until(lambda: verdicts(second)["127.0.0.3"] == "up", 15, "it to be back")
        # A vantage that is gone ages out, and is seen to.
        first.stop()
        wait_until(lambda: heard(second, "ns1")["stale"], 20, "ns1's silence to be noticed")
        assert heard(second, "ns1")["stage"] in ("stale", "frozen")
        assert answer_of(second)
        wait_until(lambda: heard(second, "ns1")["stage"] == "frozen", 20, "what it measured to be frozen")
        told = json.loads(second.isochrone("explain", "shop.steered.example", "--json").stdout)
        assert {e["stage"] for e in told["estimates"]} == {"frozen"}
        assert ", frozen" in second.isochrone("status").stdout and "frozen" in second.isochrone("explain", "shop.steered.example").stdout
        assert answer_of(second)
        east.close()


def test_a_vantage_that_sees_everything_down_decides_nothing(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster, listener("127.0.0.2") as west:
        port = west.getsockname()[1]
        with listener("127.0.0.3", port):
            write(cluster, port, "{ns1: {}, ns2: {}}")
            cluster.push()
            cluster.start()
            first, second = cluster.nodes
            wait_until(lambda: heard(first, "ns2")["up"] == 2 and heard(second, "ns1")["up"] == 2, 15, "each to hear the other")
            # ns2's uplink is broken: its own probes would go on, so what it says is written over by a broken third's.
            report = ('{"vantage": "ns2", "run": 7, "sequence": 9, "targets": [%s]}' %
                      ", ".join('{"key": "%s", "verdict": "down", "age_ms": 0, "since_ms": 0, "loss": 0, "reason": "broken"}' % key
                                for key in targets_told(cluster, "ns1")))
            second.stop()
            put(cluster, "isochrone/prod/live/vantage/ns2", report)
            wait_until(lambda: heard(first, "ns2")["suspect"], 15, "the broken vantage to be suspected")
            assert verdicts(first) == {"127.0.0.2": "up", "127.0.0.3": "up"}
            assert set(answer_of(first)) <= {"127.0.0.2", "127.0.0.3"} and answer_of(first)
            # One who speaks for another is not believed.
            before = status_of(first)["cluster"]["misunderstood"]
            put(cluster, "isochrone/prod/live/vantage/ns3", report)
            wait_until(lambda: status_of(first)["cluster"]["misunderstood"] > before, 5, "the forgery to be told")


def test_half_of_the_vantages_lose_a_region_and_only_their_clients_move(tmp_path):
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster, listener("127.0.0.2") as west:
        port = west.getsockname()[1]
        with listener("127.0.0.3", port):
            names = ["ns1", "v2", "v3", "v4"]
            write(cluster, port, "{%s}" % ", ".join(f"{name}: {{covers: 10.{n}.0.0/16}}" for n, name in enumerate(names, 1)))
            cluster.push()
            cluster.start()
            wait_until(lambda: all(heard(node, "ns1")["up"] == 2 for node in cluster.nodes), 15, "ns1 to be heard")
            keys = targets_told(cluster, "ns1")
            lost = {"v3": "127.0.0.2", "v4": "127.0.0.2"}
            sequence = iter(range(1, 10_000))

            def told(name, key):
                gone = lost.get(name) and lost[name] in key
                # Each of them is nearer to west: nobody moves for latency.
                return {"key": key, "verdict": "down" if gone else "up", "age_ms": 0, "since_ms": 0, "loss": 0,
                        "rtt_us": 10_000 if "127.0.0.2" in key else 90_000, **({"reason": "no way"} if gone else {})}

            def publish():
                for name in names[1:]:
                    put(cluster, f"isochrone/prod/live/vantage/{name}",
                        json.dumps({"vantage": name, "run": 1, "sequence": next(sequence), "targets": [told(name, key) for key in keys]}))

            def answers():
                publish()
                return [[rrset(a, a.answer, "shop.steered.example", "A") for n in range(1, 5)
                         for a in [node.ask("shop.steered.example", "A", subnet=f"10.{n}.7.0/24")]] for node in cluster.nodes]
            west_east = [["127.0.0.2"], ["127.0.0.2"], ["127.0.0.3"], ["127.0.0.3"]]
            wait_until(lambda: [a[1:] for a in answers()] == [west_east[1:]] * 2, 15, "those clients alone to move", every=0.3)
            assert verdicts(cluster.nodes[0]) == {"127.0.0.2": "up", "127.0.0.3": "up"}  # a tie is up
            lost.clear()
            wait_until(lambda: [a[1:] for a in answers()] == [[["127.0.0.2"]] * 3] * 2, 15, "them to be back", every=0.3)


def coded(text):
    return base64.b64encode(text.encode()).decode()


def put(cluster, key, value):
    cluster.etcd.ask("/v3/kv/put", {"key": coded(key), "value": coded(value)})


def targets_told(cluster, name):
    """What targets are called in that vantage's last report."""
    found = cluster.etcd.ask("/v3/kv/range", {"key": coded(f"isochrone/prod/live/vantage/{name}")})["kvs"][0]["value"]
    return [target["key"] for target in json.loads(zlib.decompress(base64.b64decode(found)))["targets"]]
