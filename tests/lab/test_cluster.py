"""Three regions with an etcd, a name server and a gateway each, an ocean apart; and what is lost of them, one after the other."""

import shutil

import matrix
import pytest
from cluster_fleet import Askers, ClusterFleet
from lab import Lab, places, wait_until

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

REGIONS = ["westus2", "westeurope", "japaneast"]
VANTAGES = ["losangeles", "london", "seoul"]
RTT = matrix.of_the_demo([*REGIONS, *VANTAGES])


@pytest.fixture(name="fleet")
def running_fleet(tmp_path):
    with Lab(places([*REGIONS, *VANTAGES]), RTT, tmp_path / "lab") as lab:
        with ClusterFleet(lab, tmp_path / "fleet", REGIONS, VANTAGES) as fleet:
            yield fleet


def all_serve(fleet, number, timeout=20, regions=REGIONS):
    wait_until(lambda: all(fleet.mark(region) == number for region in regions), timeout, f"revision {number} at {regions}")


def test_what_is_lost_and_what_comes_back(fleet):
    nearest = {"losangeles": "westus2", "london": "westeurope", "seoul": "japaneast"}
    wait_until(lambda: all(fleet.where(node, client) == region for node in REGIONS for client, region in nearest.items()), 60,
               "every node to send each client to its nearest region")
    with Askers(fleet) as askers:
        number = 1

        def push(at=None):
            nonlocal number
            number += 1
            fleet.write_records(number)
            fleet.push("-m", f"number {number}", "--no-wait", at=at)

        push()
        all_serve(fleet, number)
        # One etcd is killed, the leader or not: pushes go on.
        fleet.etcds["westeurope"].popen.kill()
        push()
        all_serve(fleet, number)
        # All of them: no push, every answer.
        for region in ("westus2", "japaneast"):
            fleet.etcds[region].popen.kill()
        fleet.write_records(number + 1)
        done = fleet.isochrone("operator", "push")
        assert done.returncode != 0 and "etcd at http://" in done.stderr
        fleet.write_records(number)
        # A region dies while there is no etcd: each node's own vantage and the workers that report to it know.
        fleet.gateways["westeurope"].popen.kill()
        wait_until(lambda: all(fleet.where(node, "london") in ("westus2", "japaneast") for node in REGIONS), 30, "nobody to be sent to the dead region")
        # A node restarts meanwhile, from its disk.
        askers.expected.discard("japaneast")
        fleet.nodes["japaneast"].popen.kill()
        fleet.nodes["japaneast"].popen.wait()
        fleet.start_node("japaneast")
        wait_until(lambda: fleet.mark("japaneast") == number, 20, "the restarted node to serve what it served")
        askers.expected.add("japaneast")
        # Everything comes back.
        for region in REGIONS:
            fleet.start_etcd(region)
        fleet.start_gateway("westeurope")
        wait_until(lambda: fleet.etcd_answers("westus2"), 60, "etcd to have a leader again")
        push()
        all_serve(fleet, number, timeout=30)
        wait_until(lambda: all(fleet.where(node, "london") == "westeurope" for node in REGIONS), 60, "london's clients to be back")
        # The primary region is lost: its service is not changed until somebody promotes another, and nobody else is hindered.
        askers.expected.discard("westus2")
        fleet.nodes["westus2"].popen.kill()
        # Its lease ends; who pushes from another region is refused for the service, not for the zone's other records.
        zone = fleet.directory / "operator/zones/zone.yaml"
        text = zone.read_text()
        zone.write_text(text.replace("ttl: 5s", "ttl: 6s"))

        def refused():
            done = fleet.isochrone("operator", "push", "--dry-run")
            return done.returncode == 1 and "no node is live in its primary region westus2" in done.stderr
        wait_until(refused, 30, "a change of its service to be refused")
        zone.write_text(text)
        push(at="westeurope")
        all_serve(fleet, number, regions=["westeurope", "japaneast"])
        assert fleet.isochrone("operator", "promote", "svc.lab.example", "japaneast").returncode == 0
        zone.write_text(text.replace("ttl: 5s", "ttl: 6s"))
        push()
        all_serve(fleet, number, regions=["westeurope", "japaneast"])
        fleet.start_node("westus2")
        all_serve(fleet, number)
        askers.expected.add("westus2")
        # One node is cut off from everybody, serves on, and catches up when it is healed.
        fleet.lab.cut("japaneast")
        push()
        all_serve(fleet, number, regions=["westus2", "westeurope"])
        assert fleet.mark("japaneast") == number - 1
        fleet.lab.heal()
        all_serve(fleet, number, timeout=30)
        wait_until(lambda: all(fleet.isochrone(region, "status", "--cluster").returncode == 0 for region in REGIONS), 60, "all to be well")
    assert askers.count > 1000
    assert not askers.faults, askers.faults[:10]
