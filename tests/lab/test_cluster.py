"""Three regions with an etcd, a name server and a gateway each, an ocean apart; and what is lost of them, one after the other."""

import shutil
import time

import pytest
from askers import Askers
from bounds import bounds_of
from faults import Faults
from lookers import Lookers
from cluster_fleet import REGIONS, RTT, VANTAGES, ClusterFleet
from lab import Lab, places, wait_until
from watch import Judge

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")


@pytest.fixture(name="fleet")
def running_fleet(tmp_path):
    with Lab(places([*REGIONS, *VANTAGES]), RTT, tmp_path / "lab") as lab:
        with ClusterFleet(lab, tmp_path / "fleet", REGIONS, VANTAGES) as fleet:
            yield fleet


def test_what_is_lost_and_what_comes_back(fleet):
    fleet.all_are_near()
    judge = Judge(REGIONS, VANTAGES, bounds_of(), fleet.region_of_address(), time.monotonic())
    faults = Faults(fleet, judge.truth)
    with Askers(fleet, judge.watch) as askers, Lookers(fleet, judge):
        number = 1

        def push(at=None):
            nonlocal number
            number += 1
            judge.revisions.issue(number)
            fleet.write_records(number)
            fleet.push("-m", f"number {number}", "--no-wait", at=at)

        push()
        fleet.all_serve(number)
        # One etcd is killed, the leader or not: pushes go on.
        fleet.etcds["westeurope"].popen.kill()
        push()
        fleet.all_serve(number)
        # All of them: no push, every answer.
        for region in ("westus2", "japaneast"):
            fleet.etcds[region].popen.kill()
        fleet.write_records(number + 1)
        done = fleet.isochrone("operator", "push")
        assert done.returncode != 0 and "etcd at http://" in done.stderr
        fleet.write_records(number)
        # A region dies while there is no etcd: each node's own vantage and the workers that report to it know.
        faults.kill_gateway("westeurope")
        wait_until(lambda: all(fleet.where(node, "london") in ("westus2", "japaneast") for node in REGIONS), 30, "nobody to be sent to the dead region")
        # A node restarts meanwhile, from its disk.
        faults.kill_node("japaneast")
        faults.start_node("japaneast")
        wait_until(lambda: fleet.mark("japaneast") == number, 20, "the restarted node to serve what it served")
        judge.truth.set(("node", "japaneast"), True, time.monotonic())
        # Everything comes back.
        for region in REGIONS:
            fleet.start_etcd(region)
        faults.start_gateway("westeurope")
        wait_until(lambda: fleet.etcd_answers("westus2"), 60, "etcd to have a leader again")
        push()
        fleet.all_serve(number, timeout=30)
        wait_until(lambda: all(fleet.where(node, "london") == "westeurope" for node in REGIONS), 60, "london's clients to be back")
        # What a worker said last does not outlive it, or a node that starts would take it for news.
        faults.cut("london")
        assert fleet.is_told_by("london")
        wait_until(lambda: not fleet.is_told_by("london"), 20, "london's report to be gone")
        faults.uncut("london")
        # The primary region is lost: its service is not changed until somebody promotes another, and nobody else is hindered.
        faults.kill_node("westus2")
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
        fleet.all_serve(number, regions=["westeurope", "japaneast"])
        assert fleet.isochrone("operator", "promote", "svc.lab.example", "japaneast").returncode == 0
        zone.write_text(text.replace("ttl: 5s", "ttl: 6s"))
        push()
        fleet.all_serve(number, regions=["westeurope", "japaneast"])
        faults.start_node("westus2")
        fleet.all_serve(number)
        judge.truth.set(("node", "westus2"), True, time.monotonic())
        wait_until(lambda: fleet.is_told_by("london"), 20, "london to be heard again")
        # One node is cut off from everybody, serves on, and catches up when it is healed.
        faults.cut("japaneast")
        push()
        fleet.all_serve(number, regions=["westus2", "westeurope"])
        assert fleet.mark("japaneast") == number - 1
        faults.uncut("japaneast")
        fleet.all_serve(number, timeout=30)
        wait_until(lambda: all(fleet.isochrone(region, "status", "--cluster").returncode == 0 for region in REGIONS), 60, "all to be well")
    assert askers.count > 1000
    assert not judge.account.faults, judge.account.faults[:10]
