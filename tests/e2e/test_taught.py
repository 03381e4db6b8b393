"""What gateways see of their clients teaches the prediction of other clients: whom it moves, and whom it cannot."""

import json

import pytest
from lab import wait_until
from observers import Gateways
from predicted import MEASURED, REGIONS, installation, region_for

SEEN, NEIGHBOUR = "198.51.100.0/24", "192.0.2.0/24"
SPAN = 400  # ms, steering.correction


class Node(Gateways):
    """MEASURED stand in the west; SEEN and NEIGHBOUR far to the east of it, an hour's drive apart."""

    def __init__(self, folder, span=SPAN):
        latency = "prefix,south,north,east\n" + "".join(f"203.0.{i}.0/24,{150 + i},{60 + i},{110 + i}\n" for i in range(len(MEASURED)))
        places = "prefix,latitude,longitude\n" + "".join(f"203.0.{i}.0/24,{at[0]},{at[1]}\n" for i, at in enumerate(MEASURED))
        places += f"{SEEN},16,40\n{NEIGHBOUR},16,40.5\n"
        server, self.by_address = installation(folder, REGIONS, {"shop": list(REGIONS)}, latency, places,
                                               f"steering: {{margin: 1ms, dwell: 0ms, correction: {span}ms}}\n")
        super().__init__(server, folder, REGIONS)

    def region(self, client):
        return region_for(self.server, self.by_address, "shop", client)

    def estimates(self, client):
        told = self.server.isochrone("explain", "shop.predicted.example", "--client", client, "--json")
        return {line["region"]: line["estimate_ms"] for line in json.loads(told.stdout)["estimates"]}

    def tell(self, rtts):
        """{region: milliseconds} of SEEN, and a fit that has learnt of it."""
        for region, ms in rtts.items():
            assert self.observe(region, {SEEN: ms}) == (204, "")
        wait_until(lambda: self.server.metrics()["isochrone_prediction_networks"] == 1, 20, "the prediction to learn")


def test_clients_near_a_seen_network_are_sent_better(tmp_path):
    node = Node(tmp_path)
    with node.server:
        assert node.region(NEIGHBOUR) == "north" and node.server.metrics()["isochrone_prediction_networks"] == 0
        node.tell({"north": 205, "east": 95})
        assert node.region(NEIGHBOUR) == "east"
        assert "prediction (20 observations, ± " in node.server.isochrone("explain", "shop.predicted.example", "--client", NEIGHBOUR).stdout
        assert "and from 1 networks that gateways see" in node.server.isochrone("status").stdout
        assert node.server.isochrone("simulate", "--lose", "east").returncode in (0, 1)
    with node.server:
        assert node.region(NEIGHBOUR) == "east", "with the first answer after a restart"


def test_a_slow_access_network_teaches_nothing_wrong(tmp_path):
    node = Node(tmp_path)
    with node.server:
        before = node.estimates(NEIGHBOUR)
        node.tell({region: node.estimates(SEEN)[region] + 300 for region in ("north", "east")})
        assert node.region(NEIGHBOUR) == "north"
        assert node.estimates(NEIGHBOUR) == pytest.approx(before, rel=0.1)


# Of SEEN one gateway lies; where rows are measured all do, and turn round which place is nearest to whom.
@pytest.mark.parametrize("lies, metric, told", [
    ({SEEN: {"east": 1}}, "isochrone_prediction_clipped_cells", "held back by steering.correction"),
    ({f"203.0.{i}.0/24": {"south": 1, "north": 60 * 3 ** (5 - i), "east": 110 * 3 ** (5 - i)} for i in range(len(MEASURED))},
     "isochrone_prediction_networks_refused", "left out: measured rows are predicted worse with them")])
def test_a_liar_is_bounded_and_told(tmp_path, lies, metric, told):
    node = Node(tmp_path, span=20)
    with node.server:
        before = node.estimates(NEIGHBOUR)
        seen = {network: node.estimates(network) | lie for network, lie in lies.items()}
        for region in REGIONS:
            assert node.observe(region, {network: rtts[region] for network, rtts in seen.items()}) == (204, "")
        wait_until(lambda: node.server.metrics()[metric] >= 1, 20, "the lie to be learnt")
        assert node.estimates(NEIGHBOUR) == pytest.approx(before, abs=10.1)
        assert told in node.server.isochrone("status").stdout
