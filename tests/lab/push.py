#!/usr/bin/python3
"""push.py [RUNS]: seconds from the start of `isochrone push` until every node of three answers from the new revision.

Three regions 105 to 233 ms apart, an etcd and a node in each; the operator sits in the first.
"""

import pathlib
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from cluster_fleet import REGIONS, RTT, VANTAGES, ClusterFleet  # noqa: E402
from lab import Lab, LabError, places, wait_until, why_not  # noqa: E402

GOAL = 1.0


def measure(runs):
    """(seconds until every node answered from it, until the command ended, revision) of each push."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with Lab(places([*REGIONS, *VANTAGES]), RTT, folder / "lab") as lab, ClusterFleet(lab, folder / "fleet", REGIONS, VANTAGES) as fleet, \
                ThreadPoolExecutor(1) as pool:
            taken = []
            for number in range(2, runs + 2):
                fleet.write_records(number)
                began = time.monotonic()
                pushing = pool.submit(lambda: (fleet.push("--no-wait"), time.monotonic())[1])
                wait_until(lambda number=number: all(fleet.mark(region) == number for region in REGIONS), 20, f"revision {number}", every=0.005)
                taken.append((time.monotonic() - began, pushing.result() - began, number))
            return taken


def main():
    reason = why_not()
    if reason:
        raise SystemExit(f"push: {reason}")
    try:
        pushes = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    except LabError as problem:
        raise SystemExit(f"push: {problem}") from None
    taken = [push[0] for push in pushes]
    print("slowest: " + ", ".join(f"revision {number} {answered:.2f} s, the command {command:.2f} s"
                                  for answered, command, number in sorted(pushes, reverse=True)[:3]))
    print(f"{len(taken)} pushes: median {statistics.median(taken):.2f} s, worst {max(taken):.2f} s   goal {GOAL} s at worst   "
          f"{'met' if max(taken) <= GOAL else 'missed'}")
    return int(max(taken) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
