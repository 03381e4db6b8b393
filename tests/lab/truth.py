"""What is so in the lab, and since when: told by who changes it, read by who judges what the cluster makes of it. No clock, no
socket: times are handed in.

Facts are True, False, or None for neither: while something is being changed, or a path that loses some packets. Those about
    ("node", REGION)            its process runs and has answered since it was started
    ("gateway", REGION)         it serves
    ("etcd", REGION)            the node there can read from some member, leader and all
    ("disk", REGION)            the node there can write its state
    ("path", PLACE, PLACE)      packets pass, both ways; the names in order
    ("probe", VANTAGE, REGION)  packets of the gateway reach the vantage
"""

from itertools import combinations


def path(a, b):
    return ("path", *sorted((a, b)))


class Truth:
    def __init__(self, regions, vantages, now):
        self.regions, self.vantages = list(regions), [*regions, *vantages]
        self._facts = {path(a, b): (True, now) for a, b in combinations(self.vantages, 2)}
        for region in regions:
            self._facts |= {(what, region): (True, now) for what in ("node", "gateway", "etcd", "disk")}
            self._facts |= {("probe", vantage, region): (True, now) for vantage in self.vantages}

    def set(self, fact, value, now):
        if self._facts[fact][0] is not value:
            self._facts[fact] = (value, now)

    def value(self, fact):
        return self._facts[fact][0]

    def since(self, fact):
        return self._facts[fact][1]

    def held(self, fact, value, start):
        """From `start` until now."""
        known, since = self._facts[fact]
        return known is value and since <= start

    def connected(self, a, b, start):
        return a == b or self.held(path(a, b), True, start)

    def reaches(self, vantage, region, start):
        """Its probes reach the region's gateway and come back."""
        return self.held(("probe", vantage, region), True, start) and self.connected(vantage, region, start)

    def misses(self, vantage, region, start):
        """No probe of it has come back."""
        return self.held(("probe", vantage, region), False, start) or (vantage != region and self.held(path(vantage, region), False, start))

    # What a node can know.

    def hears(self, node, vantage, start):
        """All that the vantage reports: a worker reports to each node itself, nodes tell each other through etcd."""
        if node == vantage:
            return self.held(("node", node), True, start)
        if vantage not in self.regions:
            return self.connected(node, vantage, start)
        return self.held(("node", vantage), True, start) and all(self.held(("etcd", one), True, start) for one in (node, vantage))

    def is_deaf(self, node, start):
        """Nothing from anywhere else has reached it."""
        return all(self.held(path(node, place), False, start) for place in self.vantages if place != node)

    def surely_up(self, node, region, start):
        """Whatever the vantages say that the node may or may not have heard: no majority of them can call this gateway down."""
        if not self.held(("gateway", region), True, start):
            return False
        voters = [node] if self.is_deaf(node, start) else self.vantages
        up = [v for v in voters if self.hears(node, v, start) and self.reaches(v, region, start)]
        return 2 * len(up) >= len(voters)  # a tie is up

    def surely_down_for(self, node, client, region, start):
        """The vantage of the client's own network has told the node so, and sees the others up, of which one may be drained: those come
        after what the quorum calls up."""
        return self.misses(client, region, start) and self.hears(node, client, start) and all(
            self.held(("gateway", other), True, start) and self.reaches(client, other, start) for other in self.regions if other != region)
