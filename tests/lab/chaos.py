#!/usr/bin/python3
"""chaos.py [--seed N] [--seconds S] [--plan]: faults at random over a cluster behind a simulated WAN, while every node is asked.

Three regions with an etcd member, a node and a gateway each, three places with a probe worker. What happens when is made of the seed
beforehand (chaos_plan.py) and printed by --plan; what was done when, what became of it, and what is thereby true is logged, so that
a fault is shown behind what preceded it. At the end everything is healed and has to come together within the bound.
"""

import argparse
import contextlib
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from askers import Askers  # noqa: E402
from bounds import bounds_of  # noqa: E402
from faults import Faults  # noqa: E402
from lookers import Lookers, status_of  # noqa: E402
from chaos_operator import Operator  # noqa: E402
from chaos_plan import make_plan  # noqa: E402
from cluster_fleet import REGIONS, RTT, VANTAGES, ClusterFleet  # noqa: E402
from lab import Lab, LabError, libc, places, wait_until, why_not  # noqa: E402
from watch import Judge  # noqa: E402

DISK = "4m"          # of a node's state
CLONE_NEWNS = 0x20000


def own_mounts():
    """Whatever is mounted from here on is gone with this process."""
    if libc.unshare(CLONE_NEWNS) != 0:
        raise LabError("chaos needs a mount namespace")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


@contextlib.contextmanager
def disks(directory):
    """One for the state of each node, which can be filled."""
    with contextlib.ExitStack() as mounted:
        for region in REGIONS:
            state = directory / region / "state"
            state.mkdir(parents=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", state], check=True)
            mounted.callback(subprocess.run, ["umount", "-l", state], check=True)
        yield


class Chaos:
    def __init__(self, fleet, bounds):
        self.fleet, self.bounds, self.began = fleet, bounds, time.monotonic()
        self.judge = Judge(REGIONS, VANTAGES, bounds, fleet.region_of_address(), self.began)
        self.truth, self.account = self.judge.truth, self.judge.account
        self.faults = Faults(fleet, self.truth)
        self.operator = Operator(fleet, self.judge.revisions, self.account, self.log)
        self.starting = {}     # node → when it was started or continued
        self.told = 0          # faults printed

    def log(self, text):
        print(f"{time.monotonic() - self.began:7.2f} {text}", flush=True)

    def run(self, plan):
        with Askers(self.fleet, self.judge.watch) as askers, Lookers(self.fleet, self.judge), self.operator:
            for step in plan:
                self.wait(self.began + step.at)
                self.take(step)
            self.log("everything is healed")
            self.heal()
            took = self.come_together()
        for ended in self.fleet.lab.ended():
            self.account.fault(time.monotonic(), ended)
        self.tell_faults()
        return askers.count, took

    def wait(self, until):
        """Meanwhile: nodes that have been started begin to count when they answer."""
        while True:
            for region in list(self.starting):
                self.greet(region)
            self.tell_faults()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def greet(self, region):
        began = self.starting[region]
        answers, now = self.fleet.mark(region, timeout=0.02) is not None, time.monotonic()
        if answers:
            self.account.note("start of a node until its first answer", now - began)
            self.truth.set(("node", region), True, now)
        elif now - began > self.bounds.start:
            self.account.fault(now, f"{region} has not answered for {self.bounds.start:.0f} s since its start")
        else:
            return
        self.starting.pop(region)

    def take(self, step):
        late = time.monotonic() - self.began - step.at
        self.log(step.text() + (f" ({late:.1f} s late)" if late > 0.5 else ""))
        if hasattr(self.operator, step.verb):
            self.operator.order(step.verb, step.targets)
            return
        if step.verb.endswith("_node"):
            self.starting.pop(step.targets[0], None)
        getattr(self.faults, step.verb)(*step.targets)
        if step.verb in ("start_node", "continue_node"):
            self.starting[step.targets[0]] = time.monotonic()

    def tell_faults(self):
        new = self.account.faults[self.told:]
        self.told += len(new)
        for fault in new[:20]:
            print("FAULT", fault, flush=True)

    # After the last step, which every episode's end comes before.

    def heal(self):
        for region in REGIONS:
            self.operator.order("undrain", (region, REGIONS[0]))
        self.operator.order("push", ())

    def come_together(self):
        """Seconds until all nodes serve the last push and give all clients the same, and every one of them finds all well."""
        began = time.monotonic()

        def together():
            self.wait(time.monotonic())
            return self.operator.idle() and self.are_equal()
        try:
            wait_until(together, self.bounds.apart, "all nodes to serve the same", every=0.2)
        except LabError as fault:
            self.account.fault(time.monotonic(), f"{fault}: {self.what_they_serve()}")
        return time.monotonic() - began

    def are_equal(self):
        marks = {self.fleet.mark(region) for region in REGIONS}
        answers = {tuple(self.fleet.where(region, client) for client in self.fleet.lab.places) for region in REGIONS}
        digests = {node["answers"] for region in REGIONS for node in (self.cluster_of(region) or {}).get("nodes", [])}
        return marks == {self.operator.number} and len(answers) == len(digests) == 1 and all(
            self.fleet.isochrone(region, "status", "--cluster").returncode == 0 for region in REGIONS)

    def cluster_of(self, region):
        return (status_of(self.fleet, region) or {}).get("cluster")

    def what_they_serve(self):
        return {region: (self.fleet.mark(region), [self.fleet.where(region, client) for client in self.fleet.lab.places],
                         self.cluster_of(region)) for region in REGIONS}


def report(chaos, plan, questions, took):
    operator = chaos.operator
    chaos.log(f"{len(plan)} steps, {operator.done} orders done and {operator.failed} refused or in vain, {questions} questions, "
              f"together {took:.2f} s after the end")
    for what, seconds in sorted(chaos.account.worst.items()):
        print(f"        longest {what}: {seconds:.2f} s")
    for what, count in sorted(chaos.account.checks.items()):
        print(f"        {count} {what}")
    print(f"        {len(chaos.account.faults)} faults")


def run(seed, seconds):
    plan, bounds = make_plan(seed, seconds), bounds_of(endpoints=len(REGIONS))
    print(f"seed {seed}, {seconds} s; bounds: {bounds.text()}", flush=True)
    own_mounts()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with disks(folder / "fleet"), Lab(places([*REGIONS, *VANTAGES]), RTT, folder / "lab") as lab, \
                ClusterFleet(lab, folder / "fleet", REGIONS, VANTAGES) as fleet:
            fleet.all_are_near()
            chaos = Chaos(fleet, bounds)
            questions, took = chaos.run(plan)
            report(chaos, plan, questions, took)
            return bool(chaos.account.faults)


def main():
    parser = argparse.ArgumentParser(description="Faults at random over a cluster, and what must hold all the time.")
    parser.add_argument("--seed", type=int, help="default: one by chance, which is printed")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--plan", action="store_true", help="print what would happen when, and do nothing")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    if options.plan:
        for step in make_plan(seed, options.seconds):
            print(f"{step.at:7.2f} {step.text()}")
        return 0
    reason = why_not()
    if reason:
        raise SystemExit(f"chaos: {reason}")
    try:
        return int(run(seed, options.seconds))
    except LabError as problem:
        raise SystemExit(f"chaos: {problem}") from None


if __name__ == "__main__":
    sys.exit(main())
