"""A push and its clock: what the operator runs, and when each node answers with it."""

import time
from concurrent.futures import ThreadPoolExecutor

from cluster_stage import OPERATOR
from telling import require

PROMISE = 1.0    # seconds from `push`'s word that a revision is in force to the last node's answer
PATIENCE = 10.0  # seconds that a step allows: machines can be slow
EVERY = 0.01     # seconds between questions to a node


class TimedPush:
    def __init__(self, stage, ink, revision):
        """`revision`: the number it is to get."""
        self.stage, self.ink, self.revision = stage, ink, revision

    def tell(self, why, service, region, nodes):
        """A change of the service's gateway in `region` is pushed, and asked for at each of `nodes`. Words for how long it took."""
        stage, zone = self.stage, self.stage.installation.name
        stage.toggle(service, region)
        wanted = {address for address in stage.installation.pool_of(service)[region] if ":" not in address}
        name = f"{service}-{region}-01.regional.{zone}"
        self.ink.say(f"{name} gets other addresses: {' '.join(sorted(wanted))}. Each node is asked for it all the while.")
        self.ink.command(f"isochrone push -m '{why}'    # in {OPERATOR}")
        began = time.monotonic()
        process = stage.push(why, f"push-{self.revision}")
        with ThreadPoolExecutor(1) as beside:
            told = beside.submit(self._told, process)
            took = stage.each_node(lambda node: set(stage.askers[node].ask(name) or []) == wanted, PATIENCE,
                                   f"to answer {name} with what was pushed", nodes, began, EVERY)
            in_force = told.result() - began
        require(process.end_by_itself(PATIENCE) == 0, process.text())
        self.ink.quote(process.text())
        rows = [(in_force, "the operator is told", OPERATOR)]
        rows += [(s, f"{node} answers it", stage.ns_places[node]) for node, s in took.items()]
        self.ink.table(["", "in", "since the command"], [[what, place, f"{s:.2f} s"] for s, what, place in sorted(rows)])
        last = max(took.values())
        late = max(0.0, last - in_force)
        return f"{last:.2f} s after the command, {late:.2f} s after the operator was told that it is in force (promise: {PROMISE:g} s" \
               f"{'' if late <= PROMISE else '; MISSED'})"

    def _told(self, process):
        """When the operator is told that the revision is in force."""
        process.wait_for_text(f"revision {self.revision}:", PATIENCE)
        return time.monotonic()
