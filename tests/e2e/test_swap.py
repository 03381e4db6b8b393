"""Two regions that are about to swap, told by a worker's reports: the TTL falls before, and the reasons say so.

The network that the worker covers is ranked by what it reports, sent here by hand, twice a second.
"""

import contextlib
import json
import time

import pytest
from lab import wait_until
from server import rrset
from test_worker import GATEWAYS, NAME, World

CLIENT, OTHER = "198.21.7.0/24", "198.19.7.0/24"  # of paris, and of a table
DWELL, TTL, TTL_MIN = 8, 9, 2
GAUGE = 'isochrone_pool_ttl_lowered{pool="worker.example/svc",reason="swapping"}'
LOWERED = "lowered: another region has been faster for a while, and is about to take over"


@contextlib.contextmanager
def running_world(folder, margin, dwell):
    world = World(folder)
    probes = world.server.directory / "probes" / "probes.yaml"
    probes.write_text(probes.read_text() + f"steering: {{margin: {margin}ms, dwell: {dwell}s}}\n")
    zone = world.server.directory / "zones" / "worker.example.yaml"
    zone.write_text(zone.read_text().replace(", tolerance: 100ms", ""))
    try:
        with world.server:
            world.goes_to("near", OTHER)
            yield world
    finally:
        for gateway in world.gateways.values():
            gateway.shutdown()
            gateway.server_close()


@pytest.fixture(name="world")
def world_of_this_file(tmp_path):
    with running_world(tmp_path, margin=5, dwell=DWELL) as world:
        yield world


class Paris:
    """The worker's part: what it says of each region, in a row of reports."""

    def __init__(self, world):
        self.world, self.sequence = world, 0
        targets = json.loads(world.server.isochrone("probe", "receipts", NAME, "--json").stdout)["targets"]
        self.keys = {target["region"]: target["target"] for target in targets}

    def reports(self, **milliseconds):
        self.sequence += 1
        targets = [{"key": self.keys[region], "verdict": "up", "age_ms": 0, "rtt_us": ms * 1000, "loss": 0}
                   for region, ms in milliseconds.items()]
        body = json.dumps({"vantage": "paris", "run": 1, "sequence": self.sequence, "targets": targets})
        assert self.world.post(body) == (204, "")


def told(world, client):
    answer = world.server.ask(NAME, "A", subnet=client)
    address, = rrset(answer, answer.answer, NAME, "A")
    return next(region for region, own in GATEWAYS.items() if own == address), answer.answer[0].ttl


def switches(world):
    return world.metrics()['isochrone_vantage_switches_total{vantage="paris"}']


def test_the_ttl_falls_before_a_swap_and_the_reasons_say_why(world):
    paris = Paris(world)
    paris.reports(near=10, middle=40)
    wait_until(lambda: world.vantage("paris")["estimates"], 10, "the first report to count")
    assert switches(world) == 0
    seen, reasons, gauges = [], {}, {}
    end = time.monotonic() + DWELL + 30
    while not seen or seen[-1] != ("middle", TTL):
        assert time.monotonic() < end, seen
        paris.reports(near=120, middle=40)
        now = told(world, CLIENT)
        if now not in seen[-1:]:
            seen.append(now)
            reasons[now] = world.server.isochrone("explain", NAME, "--client", CLIENT).stdout
            gauges[now] = world.metrics()[GAUGE]
        assert told(world, OTHER) == ("near", TTL)  # another row
        time.sleep(0.5)
    assert seen == [("near", TTL), ("near", TTL_MIN), ("middle", TTL)]
    assert [LOWERED in reasons[state] for state in seen] == [False, True, False], reasons
    assert [gauges[state] for state in seen] == [0, 1, 0]
    assert switches(world) == 1


def test_within_the_margin_a_network_keeps_its_region(tmp_path):
    with running_world(tmp_path, margin=20, dwell=0) as world:
        paris = Paris(world)

        def given_after(report):
            paris.reports(**report)
            time.sleep(0.2)
            return told(world, CLIENT)[0]

        def estimate(region):
            return next(known["estimate_ms"] for known in world.vantage("paris")["estimates"] if known["region"] == region)

        assert [given_after({"near": 30, "middle": 60}) for _ in range(5)] == ["near"] * 5  # first samples only come down
        wait_until(lambda: given_after({"near": 30, "middle": 15}) == "near" and estimate("middle") < estimate("near"), 20,
                   "the other region to be taken for the nearer one")
        assert [given_after({"near": 30, "middle": 15}) for _ in range(10)] == ["near"] * 10
        wait_until(lambda: given_after({"near": 60, "middle": 15}) == "middle", 20, "more than the margin to count")
        assert [given_after({"near": 5, "middle": 15}) for _ in range(10)] == ["middle"] * 10
