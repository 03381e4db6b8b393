"""A schedule of faults: a pure function of a seed.

An episode has a kind, targets and a beginning and an end, each a step: what happens, to whom, at which second. Storms of them and calms
alternate. In a storm several go on at once, but no two touch the same thing, and never more is lost than the promises cover:

- at least one gateway serves: with none there is no right answer;
- at most one of the three workers has a broken uplink, and when half of the vantages lose a region no uplink is broken:
  enough of those that see everything are left to be believed;
- at least one node runs, else there is nobody to ask; all etcd members may be gone, but none loses its data;
- at most one region is drained, and the operator does one thing after the other, as people agree to;
- a node whose disk is full is neither killed nor restarted: it comes back with what could be written before, which the manual says.
"""

import random
from dataclasses import dataclass

from cluster_fleet import REGIONS, VANTAGES

PLACES = [*REGIONS, *VANTAGES]
BETWEEN = 2.0        # mean seconds from one episode's beginning to the next
SETTLE = 2.0         # no episode begins so soon before the end
STORM, CALM = 60.0, 40.0  # seconds of episodes, and of none: longer than the bound for nodes apart, or it would never be looked at


@dataclass(frozen=True)
class Step:
    at: float            # seconds from the beginning
    verb: str            # a method of faults.Faults or chaos_operator.Operator
    targets: tuple = ()

    def text(self):
        return f"{self.verb} {' '.join(map(str, self.targets))}".strip()


def pair(a, b):
    return ("between", *sorted((a, b)))


def all_pairs(place):
    return [pair(place, other) for other in PLACES if other != place]


class Planner:
    def __init__(self, seed, seconds):
        self.chance, self.seconds, self.end = random.Random(seed), seconds, 0.0
        self.steps = []
        self.busy = {}   # what an episode touches → when it ends

    def make(self):
        while self.end < self.seconds - SETTLE:
            self.storm(self.end + CALM if self.end else 0.0)
        return sorted(self.steps, key=lambda step: step.at)

    def storm(self, begins):
        self.end = min(begins + STORM, self.seconds)
        at = begins + self.chance.expovariate(1 / BETWEEN)
        while at < self.end - SETTLE:
            self.begin(at)
            at += self.chance.expovariate(1 / BETWEEN)

    def begin(self, at):
        """An episode of some kind for which its targets are free; none where chance finds none."""
        kinds = [getattr(self, name) for name in dir(self) if name.startswith("one_")]
        for kind in self.chance.sample(kinds, len(kinds)):
            if kind(at):
                return

    def take(self, at, longest, things):
        """The end of an episode that needs these things, or None."""
        if any(self.busy.get(thing, 0) > at for thing in things):
            return None
        end = min(at + self.chance.uniform(1, longest), self.end)
        self.busy |= dict.fromkeys(things, end + 1)  # a second in between
        return end

    def episode(self, at, longest, things, verb, undo, *targets):
        end = self.take(at, longest, things)
        if end is not None:
            self.steps += [Step(at, verb, targets), *([Step(end, undo, targets)] if undo else [])]
        return end is not None

    def others_than(self, region, what, at):
        return [self.busy.get((what, other), 0) <= at for other in REGIONS if other != region]

    def pick(self, of):
        return self.chance.choice(of)

    # Processes.

    def one_node_ends(self, at):
        region = self.pick(REGIONS)
        verb, undo, longest = self.pick([("kill_node", "start_node", 8), ("end_node", "start_node", 2), ("stop_node", "continue_node", 12)])
        things = [("node", region), ("disk", region)]
        return any(self.others_than(region, "node", at)) and self.episode(at, longest, things, verb, undo, region)

    def one_etcd_ends(self, at):
        region = self.pick(REGIONS)
        verb, undo = self.pick([("kill_etcd", "start_etcd"), ("stop_etcd", "continue_etcd")])
        return self.episode(at, 12, [("etcd", region)], verb, undo, region)

    def one_etcd_gone(self, at):
        """All members; and half of the times a node is started anew before they are back."""
        end = self.take(at, 15, [("etcd", region) for region in REGIONS])
        if end is None:
            return False
        for region in REGIONS:
            self.steps += [Step(at, "kill_etcd", (region,)), Step(end, "start_etcd", (region,))]
        region, again = self.pick(REGIONS), at + (end - at) / 4
        things = [("node", region), ("disk", region)]
        is_free = all(self.busy.get(thing, 0) <= at for thing in things) and any(self.others_than(region, "node", at))
        if self.chance.random() < 0.5 and is_free:
            self.busy |= dict.fromkeys(things, again + 1)
            self.steps += [Step(again, "kill_node", (region,)), Step(again, "start_node", (region,))]
        return True

    def one_gateway_fails(self, at):
        region = self.pick(REGIONS)
        verb, undo = self.pick([("kill_gateway", "start_gateway"), ("spoil_gateway", "mend_gateway")])
        return any(self.others_than(region, "gateway", at)) and self.episode(at, 20, [("gateway", region)], verb, undo, region)

    def one_disk_fills(self, at):
        region = self.pick(REGIONS)
        return self.episode(at, 15, [("disk", region), ("node", region)], "fill_disk", "free_disk", region)

    # The network.

    def one_place_is_cut(self, at):
        place = self.pick(PLACES)
        verb = self.pick(["cut", "deafen", "mute"])
        return self.episode(at, 15, all_pairs(place), verb, f"un{verb}", place)

    def one_pair_suffers(self, at):
        a, b = self.chance.sample(PLACES, 2)
        verb, undo = self.pick([("cut_pair", "heal_pair"), ("spoil_pair", "heal_pair"), ("cut_one_way", "uncut_one_way")])
        return self.episode(at, 15, [pair(a, b)], verb, undo, a, b)

    def one_etcd_is_cut(self, at):
        region = self.pick(REGIONS)
        return self.episode(at, 12, [("etcd", region)], "cut_etcd", "uncut_etcd", region)

    def one_region_is_lost_to_half(self, at):
        region = self.pick(REGIONS)
        half = tuple(self.chance.sample([place for place in PLACES if place != region], len(PLACES) // 2))
        return self.episode(at, 20, [("sight", place) for place in PLACES] + [("uplink",)], "hide_gateway", "show_gateway", region, *half)

    def one_uplink_breaks(self, at):
        vantage = self.pick(VANTAGES)
        return self.episode(at, 20, [("sight", vantage), ("uplink",)], "break_uplink", "mend_uplink", vantage)

    # The operator.

    def one_push(self, at):
        return self.episode(at, 1, [("operator",)], self.pick(["push", "push", "push", "push_rubbish"]), None)

    def one_order(self, at):
        verb, targets = self.pick([("roll_back", (round(self.chance.random(), 2),)), ("promote", (self.pick(REGIONS),))])
        return self.episode(at, 1, [("operator",)], verb, None, *targets)

    def one_drain(self, at):
        region, here, there = (self.pick(REGIONS) for _ in range(3))
        end = self.take(at, 15, [("drain",)])
        if end is None:
            return False
        self.steps += [Step(at, "drain", (region, here)), Step(end, "undrain", (region, there))]
        return True


def make_plan(seed, seconds):
    return Planner(seed, seconds).make()
