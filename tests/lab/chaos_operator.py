"""The operator of a cluster under faults: one person, who does one thing after the other and may be told that it cannot be done.

Commands of the same names as a plan's verbs are queued; what became of each is told to `log`.
"""

import json
import queue
import subprocess
import threading
import time

REFUSED = 1   # the exit status of who found a problem; 2: could not run


def last_words(done):
    return ((done.stderr or done.stdout).strip().splitlines() or ["nothing was said"])[-1]


class Operator:
    """From `with` to its end, which waits for what is queued."""

    def __init__(self, fleet, revisions, account, log):
        self.fleet, self.revisions, self.account, self.log = fleet, revisions, account, log
        self.number = 1            # of the last content written
        self.drained = None        # the region that is, or may be because nobody could say
        self.done = self.failed = self.ordered = 0
        self._orders = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._orders.put(None)
        self._thread.join()

    def order(self, verb, targets):
        self.ordered += 1
        self._orders.put((verb, targets))

    def idle(self):
        return self.done + self.failed == self.ordered

    def _run(self):
        while order := self._orders.get():
            verb, targets = order
            done = self._try(verb, targets)
            good = done is not None and done.returncode == 0
            self.done += good
            self.failed += not good
            outcome = "done" if good else "failed: " + last_words(done) if done else "left alone"
            self.log("    " + " ".join(map(str, (verb, *targets))) + ": " + outcome)

    def _try(self, verb, targets):
        try:
            return getattr(self, verb)(*targets)
        except subprocess.TimeoutExpired as late:
            self.account.fault(time.monotonic(), f"{verb}: not over after {late.timeout} s")
            return None

    def push(self):
        self.number += 1
        self.fleet.write_records(self.number)
        return self._published(self.number, "push", "-m", f"mark {self.number}", "--no-wait")

    def push_rubbish(self):
        """Refused, whatever else is the matter."""
        zone = self.fleet.directory / "operator" / "zones" / "zone.yaml"
        good = zone.read_text()
        zone.write_text(good.replace("ttl: 5s", "ttl: five"))
        done = self._isochrone("push", "-m", "rubbish", "--no-wait")
        zone.write_text(good)
        if done.returncode == 0:
            self.account.fault(time.monotonic(), "a push of files with a mistake was taken")
        return done

    def roll_back(self, share):
        """To the revision that is that far back in the history: 0 the first, 1 the last."""
        told = self._isochrone("history", "--json")
        if told.returncode != 0:
            return told
        revisions = {one["revision"]: one for one in json.loads(told.stdout)}
        number = sorted(revisions)[int(share * (len(revisions) - 1))]
        return self._published(self._mark(revisions, number), "rollback", number, "--no-wait")

    def promote(self, region):
        return self._isochrone("promote", "svc.lab.example", region)

    def drain(self, region, node):
        """One at a time: not before the last one is known to be over."""
        if self.drained not in (None, region) and self.undrain(self.drained, node).returncode != 0:
            return None
        self.drained = region
        return self.fleet.isochrone(node, "drain", region, "--reason", "chaos", "--for", "1h")

    def undrain(self, region, node):
        done = self.fleet.isochrone(node, "undrain", region)
        if done.returncode == 0 and self.drained == region:
            self.drained = None
        return done

    def _isochrone(self, *arguments):
        return self.fleet.isochrone("operator", *arguments)

    def _published(self, mark, *command):
        self.revisions.issue(mark)
        done = self._isochrone(*command)
        if done.returncode == REFUSED and "etcd at" not in done.stderr:  # else the word that it was taken may be lost
            self.revisions.withdraw()
        return done

    def _mark(self, revisions, number):
        """A copy has the mark of what it is a copy of; the first push, that of the records written first."""
        one = revisions[number]
        while one.get("copy_of"):
            one = revisions[one["copy_of"]]
        return int(one["why"].split()[1]) if one["why"].startswith("mark ") else 1
