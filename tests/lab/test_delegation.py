"""The zone is found through its parent, by a resolver that nobody told anything: NSD delegates, unbound follows."""

import shutil

import pytest
from fleet import ZONE, Fleet
from lab import Lab, find_isochrone, places, wait_until
from nameservers import write_parent, write_resolver

MISSING = [program for program in ("nsd", "unbound", "dig") if shutil.which(program) is None]
pytestmark = [pytest.mark.skipif(find_isochrone() is None, reason="isochrone is not built"),
              pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")]

# Two places whose clients share one resolver, which stands in a third: only the client's subnet tells them apart.
RTT = {("home", "near"): 20, ("home", "far"): 110, ("away", "near"): 120, ("away", "far"): 25, ("home", "away"): 90,
       ("near", "far"): 100, ("hub", "home"): 12, ("hub", "away"): 80, ("hub", "near"): 30, ("hub", "far"): 95,
       ("registry", "hub"): 10, ("registry", "home"): 15, ("registry", "away"): 70, ("registry", "near"): 20,
       ("registry", "far"): 80}
NAME = f"svc.{ZONE}"


@pytest.fixture(scope="module", name="fleet")
def delegated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("delegation")
    with Lab(places(["home", "away", "near", "far", "hub", "registry"]), RTT, folder / "lab") as lab, \
            Fleet(lab, folder / "fleet", {"svc": ["near", "far"]}, ["home", "away", "hub"], node="home") as fleet:
        root = [lab.places["registry"].address(), lab.places["registry"].address(family=6)]
        lab.start("registry", ["nsd", "-d", "-c", write_parent(folder / "nsd", root, ZONE, {"ns1": [fleet.address]})])
        for place, subnet_to in (("hub", [fleet.address]), ("away", [])):
            config = write_resolver(folder / f"unbound-{place}", [lab.places[place].address()], root, subnet_to)
            lab.start(place, ["unbound", "-d", "-c", config])
        fleet.wait_for("svc", {"home": "near", "away": "far"})
        wait_until(lambda: "NOERROR" in resolve(fleet, "home", "hub", ZONE, "SOA"), 20, "the resolver to follow the delegation")
        yield fleet


def resolve(fleet, client, resolver, name, rrtype="A"):
    return fleet.lab.run_at(client, ["dig", f"@{fleet.lab.places[resolver].address()}", "+tries=2", name, rrtype]).stdout


def region_of(fleet, said):
    return [region for region in fleet.services["svc"] if any(f"\t{a}\n" in said for a in fleet.gateway_addresses(region))]


def test_the_resolver_knows_nothing_but_the_root(fleet):
    said = resolve(fleet, "home", "hub", ZONE, "NS")
    assert "status: NOERROR" in said and f"ns1.{ZONE}." in said


def test_clients_of_one_resolver_are_told_apart(fleet):
    for _ in range(2):  # the second time from the resolver's cache
        assert region_of(fleet, resolve(fleet, "home", "hub", NAME)) == ["near"]
        assert region_of(fleet, resolve(fleet, "away", "hub", NAME)) == ["far"]


def test_without_a_subnet_the_resolver_is_the_client(fleet):
    assert region_of(fleet, resolve(fleet, "home", "away", NAME)) == ["far"]


def test_a_regional_name_is_the_same_for_all(fleet):
    for client in ("home", "away"):
        assert region_of(fleet, resolve(fleet, client, "hub", f"svc-far-01.regional.{ZONE}")) == ["far"]


def test_a_name_that_is_not_there(fleet):
    assert "status: NXDOMAIN" in resolve(fleet, "home", "hub", f"nowhere.{ZONE}")
