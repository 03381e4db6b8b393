"""What a plan's steps do to a cluster in a lab, and what is true afterwards. One thread, which the steps are run by.

The WAN cuts both ways. One way, or for some packets only, is cut in the kernel of the place that would receive them: a rule
`blackhole` before the lookup of its own addresses, which routing rules of a place without these have at the very front.
"""

import itertools
import os
import signal
import time

from truth import path
from fleet import GATEWAY_NUMBER
from lab import LabError

WAN_DEVICE = "wan0"


class Faults:
    def __init__(self, fleet, truth):
        self.fleet, self.lab, self.truth = fleet, fleet.lab, truth
        self._rules = {}                       # (place, what) → preferences of its rules
        self._preferences = itertools.count(10)
        for place in self.lab.places:
            for family in ("-4", "-6"):
                self._ip(place, family, "rule", "add", "pref", 30000, "lookup", "local")
                self._ip(place, family, "rule", "del", "pref", 0)

    def _now(self, fact, value):
        self.truth.set(fact, value, time.monotonic())

    # Processes. A node counts as running once it has answered: see chaos.py.

    def kill_node(self, region):
        self._end(("node", region), self.fleet.nodes[region], signal.SIGKILL)

    def end_node(self, region):
        self._end(("node", region), self.fleet.nodes[region], signal.SIGTERM)

    def start_node(self, region):
        self.fleet.start_node(region)
        self._now(("node", region), None)

    def stop_node(self, region):
        self._now(("node", region), False)
        self._signal(self.fleet.nodes[region], signal.SIGSTOP)

    def continue_node(self, region):
        self._signal(self.fleet.nodes[region], signal.SIGCONT)
        self._now(("node", region), None)

    def kill_etcd(self, region):
        self.fleet.etcds[region].end(signal.SIGKILL)

    def start_etcd(self, region):
        self.fleet.start_etcd(region)

    def stop_etcd(self, region):
        self._signal(self.fleet.etcds[region], signal.SIGSTOP)

    def continue_etcd(self, region):
        self._signal(self.fleet.etcds[region], signal.SIGCONT)

    def kill_gateway(self, region):
        self._end(("gateway", region), self.fleet.gateways[region], signal.SIGKILL)
        self._now(("gateway", region), False)

    def start_gateway(self, region):
        self._now(("gateway", region), None)
        self.fleet.start_gateway(region)
        self.fleet.gateways[region].wait_for_text("ready")
        self._now(("gateway", region), True)

    def spoil_gateway(self, region):
        self._now(("gateway", region), None)
        self.fleet.tell_gateway(region, "503")
        self._now(("gateway", region), False)

    def mend_gateway(self, region):
        self._now(("gateway", region), None)
        self.fleet.tell_gateway(region, "")
        self._now(("gateway", region), True)

    def _end(self, fact, process, sig):
        self._now(fact, None)
        process.end(sig)

    @staticmethod
    def _signal(process, sig):
        # `ip netns exec` has become the program itself.
        os.kill(process.pid, sig)

    # Disks: see chaos.py for what they are.

    def fill_disk(self, region):
        self._now(("disk", region), False)
        with open(self._filler(region), "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def free_disk(self, region):
        self._filler(region).unlink()
        self._now(("disk", region), True)

    def _filler(self, region):
        return self.fleet.directory / region / "state" / "filler"

    # The network.

    def cut(self, place):
        self._paths_of(place, None)
        self.lab.cut(place)
        self._paths_of(place, False)

    def uncut(self, place):
        self._paths_of(place, None)
        self.lab.heal(place)
        self._paths_of(place, True)

    def deafen(self, place):
        """It hears nobody, and is heard."""
        self._paths_of(place, None)
        self._block(place, "deaf", ["iif", WAN_DEVICE])
        self._paths_of(place, False)

    def undeafen(self, place):
        self._unblock(place, "deaf")
        self._paths_of(place, True)

    def mute(self, place):
        """It hears everybody, and is heard by nobody."""
        self._paths_of(place, None)
        for other in self._others(place):
            self._block_from(other, place)
        self._paths_of(place, False)

    def unmute(self, place):
        for other in self._others(place):
            self._unblock(other, place)
        self._paths_of(place, True)

    def cut_one_way(self, a, b):
        self._now(path(a, b), None)
        self._block_from(b, a)
        self._now(path(a, b), False)

    def uncut_one_way(self, a, b):
        self._unblock(b, a)
        self._now(path(a, b), True)

    def cut_pair(self, a, b):
        self._now(path(a, b), None)
        self.lab.cut(a, b)
        self._now(path(a, b), False)

    def spoil_pair(self, a, b):
        self._now(path(a, b), None)
        self.lab.loss(a, b, 20)
        self.lab.rtt(a, b, self._rtt(a, b) + 100)

    def heal_pair(self, a, b):
        self._now(path(a, b), None)
        self.lab.heal(a, b)
        self.lab.rtt(a, b, self._rtt(a, b))
        self._now(path(a, b), True)

    def cut_etcd(self, region):
        """Its member is reached by nobody from elsewhere, and reaches no other; what else is there goes on."""
        self._block(region, "etcd", ["iif", WAN_DEVICE, "ipproto", "tcp", "dport", "2379-2380"],
                    ["iif", WAN_DEVICE, "ipproto", "tcp", "sport", "2380"])

    def uncut_etcd(self, region):
        self._unblock(region, "etcd")

    def hide_gateway(self, region, *vantages):
        """Nothing of the region's gateway reaches these."""
        for vantage in vantages:
            self._now(("probe", vantage, region), None)
            self._block_gateway(vantage, region)
            self._now(("probe", vantage, region), False)

    def show_gateway(self, region, *vantages):
        for vantage in vantages:
            self._unblock(vantage, ("gateway", region))
            self._now(("probe", vantage, region), True)

    def break_uplink(self, vantage):
        """It sees every gateway down, and says so."""
        for region in self.truth.regions:
            self.hide_gateway(region, vantage)

    def mend_uplink(self, vantage):
        for region in self.truth.regions:
            self.show_gateway(region, vantage)

    def _others(self, place):
        return [other for other in self.lab.places if other != place]

    def _paths_of(self, place, value):
        for other in self._others(place):
            self._now(path(place, other), value)

    def _rtt(self, a, b):
        return self.lab.rtt_ms.get((a, b)) or self.lab.rtt_ms[b, a]

    def _block_from(self, place, source):
        """What comes from another place."""
        of = self.lab.places[source]
        self._block(place, source, ["from", str(of.v4)], ["from", str(of.v6)])

    def _block_gateway(self, place, region):
        addresses = [self.lab.places[region].address(GATEWAY_NUMBER, family) for family in (4, 6)]
        self._block(place, ("gateway", region), *(["from", address] for address in addresses))

    def _block(self, place, what, *selectors):
        made = self._rules.setdefault((place, what), [])
        for selector in selectors:
            families = ["-6" if ":" in selector[1] else "-4"] if selector[0] == "from" else ["-4", "-6"]
            for family in families:
                preference = next(self._preferences)
                self._ip(place, family, "rule", "add", "pref", preference, *selector, "blackhole")
                made.append((family, preference))

    def _unblock(self, place, what):
        for family, preference in self._rules.pop((place, what), []):
            self._ip(place, family, "rule", "del", "pref", preference)

    def _ip(self, place, *arguments):
        done = self.lab.run_at(place, ["ip", *arguments])
        if done.returncode != 0:
            raise LabError(f"ip {' '.join(map(str, arguments))} in {place}: {done.stderr}")
