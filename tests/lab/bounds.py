"""How long what may last, in seconds: from the configuration of the cluster in the lab and the constants of the design."""

from dataclasses import dataclass

from fleet import PROBE

# Of node/cluster.cc, sync/etcd.h and sync/etcd_mirror.cc: a beat of the node, the silence after which a watch is dead, a try
# at one endpoint, and the longest pause between tries.
BEAT, SILENCE, ETCD_TRY, LONGEST_WAIT, FETCH_AGAIN = 2.0, 7.0, 3.0, 3.0, 1.0
SPREAD = 1.0  # the promise: a change is everywhere within a second


def seconds(text):
    return float(text[:-2]) / 1000 if text.endswith("ms") else float(text[:-1])


@dataclass(frozen=True)
class Bounds:
    # From the death of a gateway to the last answer that leads there: its detection by each vantage; where one of them is cut off at
    # the end of that, before it could tell, the time for which its word is believed; and its spread.
    dead: float
    # From the moment two nodes reach etcd until they serve the same: the silence of a watch is noticed at a beat, each endpoint is
    # tried in vain after the longest pause, the revision is fetched in the same way, and a second is left for its spread.
    apart: float
    # From the start of a process to its first answer.
    start: float = 10.0

    def text(self):
        return f"a dead gateway {self.dead:.2f} s, nodes apart {self.apart:.2f} s, a start {self.start:.0f} s"


def bounds_of(probe=None, endpoints=3):
    probe = PROBE | (probe or {})
    interval, timeout, recheck = (seconds(probe[key]) for key in ("interval", "timeout", "recheck"))
    detection = 1.1 * interval + probe["fall"] * timeout + (probe["fall"] - 1) * recheck
    freshness = 3 * interval + timeout
    reading = endpoints * ETCD_TRY
    return Bounds(dead=detection + freshness + SPREAD,
                  apart=SILENCE + BEAT + LONGEST_WAIT + reading + FETCH_AGAIN + reading + SPREAD)
