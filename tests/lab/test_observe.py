"""Clients measured by the gateways they are connected to, across a WAN: `isochrone observe` beside each of two gateways.

The node's own vantage is all that else is known: from it a is near and b is far. For one network it is the other way round; another
is behind slow lines, and is connected to one gateway only.
"""

import contextlib
import json
import socket

import pytest
from fleet import GATEWAY_NUMBER, Fleet
from lab import Lab, find_isochrone, places, wait_until

pytestmark = pytest.mark.skipif(find_isochrone() is None, reason="isochrone is not built")

RTT = {("node", "a"): 20, ("node", "b"): 60, ("crossed", "a"): 150, ("crossed", "b"): 40, ("slow", "a"): 300, ("slow", "b"): 340,
       ("node", "crossed"): 10, ("node", "slow"): 10, ("a", "b"): 50, ("crossed", "slow"): 10}
CONNECTIONS = 60


@pytest.fixture(scope="module", name="lab")
def small_lab(tmp_path_factory):
    with Lab(places(["node", "a", "b", "crossed", "slow"]), RTT, tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextlib.contextmanager
def connected(lab, client, *gateways):
    """Connections from a place to gateways, until the block ends."""
    with contextlib.ExitStack() as stack:
        with lab.at(client):
            for gateway in gateways:
                for number in range(CONNECTIONS):
                    family = 4 if number % 2 == 0 else 6
                    address = lab.places[gateway].address(GATEWAY_NUMBER, family)
                    stack.enter_context(socket.create_connection((address, 8080), timeout=10))
        yield


def observed(fleet, client):
    """{region: what was observed} of a place's IPv4 network."""
    network = str(fleet.lab.places[client].v4)
    done = fleet.lab.run_at("node", [find_isochrone(), "explain", "svc.lab.example", "--client", network, "--json", "--config",
                                     fleet.directory / "node.yaml"])
    return {line["region"]: line["observed"] for line in json.loads(done.stdout)["estimates"] if "observed" in line}


def test_networks_go_where_the_kernels_of_their_gateways_say(lab, tmp_path):
    with Fleet(lab, tmp_path / "fleet", {"svc": ["a", "b"]}, [], node="node", observers=["a", "b"],
               steering={"margin": "1ms", "dwell": "0s", "correction": "200ms"}) as fleet:
        fleet.wait_for("svc", {"crossed": "a", "slow": "a"})
        with connected(lab, "crossed", "a", "b"), connected(lab, "slow", "a"):
            fleet.wait_for("svc", {"crossed": "b"}, 40)
            wait_until(lambda: fleet.where("svc", "crossed", 6) == "b", 20, "IPv6 to follow")
            wait_until(lambda: observed(fleet, "slow"), 20, "the slow network to be told")
        crossed, slow = observed(fleet, "crossed"), observed(fleet, "slow")
        assert 150 <= crossed["a"]["rtt_ms"] <= 165 and 40 <= crossed["b"]["rtt_ms"] <= 50, crossed
        assert set(slow) == {"a"} and 300 <= slow["a"]["rtt_ms"] <= 320 and slow["a"]["moved_ms"] == 0, slow
        assert fleet.where("svc", "slow") == "a"
        for observer in fleet.observers.values():
            assert observer.end() == 0 and "Sanitizer" not in observer.text(), observer.text()[-3000:]


def test_a_node_that_is_away_is_told_when_it_is_back(lab, tmp_path):
    with Fleet(lab, tmp_path / "fleet", {"svc": ["a", "b"]}, [], node="node", observers=["a", "b"],
               steering={"margin": "1ms", "dwell": "0s", "correction": "200ms"}) as fleet:
        lab.cut("node", "a")
        lab.cut("node", "b")
        with connected(lab, "crossed", "a", "b"):
            for observer in fleet.observers.values():
                observer.wait_for_text("reporting failed", 40)
        # The connections are over; what was seen of them is kept.
        lab.heal()
        fleet.wait_for("svc", {"crossed": "b"}, 60)
