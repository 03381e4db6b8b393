"""Clients go to the gateway that is nearest by measurement, and stay there unless something real changes.

Four places; the client's place is "home", whose probe worker decides for it. Round trips in milliseconds from home: near 38,
middle 76, far 150.
"""

import random
import time

import matrix
import pytest
from fleet import Fleet
from lab import Lab, find_isochrone, places, wait_until

pytestmark = pytest.mark.skipif(find_isochrone() is None, reason="isochrone is not built")

DWELL = 8
RTT = {("home", "near"): 38, ("home", "middle"): 76, ("home", "far"): 150,
       ("away", "near"): 42, ("away", "middle"): 90, ("away", "far"): 130,
       ("home", "away"): 20, ("near", "middle"): 60, ("near", "far"): 120, ("middle", "far"): 80}
SERVICE = {"svc": ["near", "middle", "far"]}
STABLE = {"home": "near", "away": "near"}


@pytest.fixture(scope="module", name="lab")
def small_lab(tmp_path_factory):
    with Lab(places(["home", "away", "near", "middle", "far"]), RTT, tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(name="fleet")
def small_fleet(lab, tmp_path):
    """A fresh one for each test: losses are remembered for minutes."""
    lab.heal()
    for (a, b), ms in RTT.items():
        lab.rtt(a, b, ms)
    with Fleet(lab, tmp_path / "fleet", SERVICE, ["home", "away"], probe={"interval": "500ms", "fall": 6},
               steering={"margin": "5ms", "dwell": f"{DWELL}s"}) as fleet:
        fleet.wait_for("svc", STABLE)
        yield fleet


def moves_during(fleet, seconds):
    """Who was seen elsewhere than where all belong, at any time."""
    moved, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        moved |= {(client, region) for client in STABLE if (region := fleet.where("svc", client)) != STABLE[client]}
        time.sleep(0.05)
    return moved


def seconds_until(fleet, client, region, limit):
    started = time.monotonic()
    while fleet.where("svc", client) != region:
        assert time.monotonic() - started < limit, f"{client} is not sent to {region} within {limit} s"
        time.sleep(0.02)
    return time.monotonic() - started


def test_a_region_cut_for_one_vantage_moves_that_vantages_clients_only(lab, fleet):
    lab.cut("home", "near")
    seconds_until(fleet, "home", "middle", 15)
    assert fleet.where("svc", "away") == "near"
    wait_until(lambda: fleet.where("svc", "home", 6) == "middle", 15, "IPv6 to follow")
    assert fleet.where("svc", "away", 6) == "near"
    lab.heal("home", "near")
    fleet.wait_for("svc", STABLE)


def test_a_dead_region_moves_everybody_and_brings_them_back(lab, fleet):
    lab.cut("near")
    fleet.wait_for("svc", {"home": "middle", "away": "middle"}, 15)
    lab.heal("near")
    fleet.wait_for("svc", STABLE)


def test_a_route_shift_moves_clients_after_dwell_and_not_before(lab, fleet):
    time.sleep(5)  # a history, which the shift has to win against
    lab.rtt("home", "near", 120)
    took = seconds_until(fleet, "home", "middle", DWELL + 20)
    assert took >= DWELL
    assert fleet.where("svc", "away") == "near"
    lab.rtt("home", "near", 38)
    assert seconds_until(fleet, "home", "near", DWELL + 20) >= DWELL


def test_the_ttl_is_low_before_a_swap_and_only_then(lab, fleet):
    time.sleep(5)
    lab.rtt("home", "near", 120)
    told, others = [], set()
    end = time.monotonic() + DWELL + 20
    while not told or told[-1] != ("middle", 5):
        assert time.monotonic() < end, told
        others.add(fleet.where_for("svc", "away"))
        if (now := fleet.where_for("svc", "home")) not in told[-1:]:
            told.append(now)
        time.sleep(0.02)
    assert told == [("near", 5), ("near", 2), ("middle", 5)]
    assert others == {("near", 5)}  # another row


def test_a_little_loss_moves_nobody(lab, fleet):
    lab.loss("home", "near", 1)
    assert moves_during(fleet, 25) == set()


def test_heavy_loss_moves_clients(lab, fleet):
    lab.loss("home", "near", 30)
    seconds_until(fleet, "home", "middle", 60)
    # Two of three vantages are at home: for a moment both may have lost six probes in a row, and call it down for everybody.
    seconds_until(fleet, "away", "near", DWELL + 20)


def test_jitter_and_spikes_move_nobody(lab, fleet):
    time.sleep(10)  # a history, which noise has to win against
    lab.jitter("home", "near", 30)
    lab.spike("home", "near", 1, 300)  # and what is behind a spike waits for it: some 5 % of the probes
    assert moves_during(fleet, 25) == set()


SETS, SIZE = 20, 5
AZURE = ["westus2", "eastus", "southcentralus", "canadacentral", "brazilsouth", "northeurope", "westeurope", "uksouth",
         "southafricanorth", "uaenorth", "centralindia", "southeastasia", "japaneast", "koreacentral", "australiaeast"]


@pytest.mark.skipif(matrix.find() is None, reason="the Azure matrix is not here (ISOCHRONE_SHARED)")
def test_every_azure_region_is_sent_to_its_lowest_round_trip(tmp_path):
    """Twenty random sets of gateways at once, one a service; a client network in each region, measured by its worker."""
    chance = random.Random(20260730)
    services = {f"set{number}": sorted(chance.sample(AZURE, SIZE)) for number in range(SETS)}
    rtt = matrix.read(AZURE)

    def distance(client, region):
        return rtt.get((client, region), 0)

    with Lab(places(AZURE), rtt, tmp_path / "lab") as lab, \
            Fleet(lab, tmp_path / "fleet", services, AZURE, probe={"interval": "3s", "timeout": "2s"},
                  steering={"margin": "0ms", "dwell": "1s"}) as fleet:
        def wrong(family):
            found = []
            for service, regions in services.items():
                for client in AZURE:
                    got = fleet.where(service, client, family)
                    best = min(distance(client, region) for region in regions)
                    if not got or distance(client, got) > best * 1.02 + 1:
                        found.append((service, client, got, best))
            return found

        deadline = time.monotonic() + 120
        while (found := wrong(4) + wrong(6)) and time.monotonic() < deadline:
            time.sleep(1)
        assert found == []
        time.sleep(3)
        assert wrong(4) + wrong(6) == []
