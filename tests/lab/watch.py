"""The invariants, checked with each answer and each look at a node's status. No clock, no socket: times are handed in.

    Watch       every question is answered; no dead gateway is given while another is up
    Revisions   what a node serves never goes back, but by a rollback, and is nothing that was refused
    Together    no two nodes that reach etcd are apart for longer than the bound

What breaks one is a fault; Account keeps faults, the worst that was seen, and how often each was looked at.
"""

import collections
import threading
from itertools import combinations

import dns.rcode
from truth import Truth


class Account:
    def __init__(self, began):
        self.began, self.faults, self.worst, self.checks = began, [], {}, collections.Counter()
        self._lock = threading.Lock()

    def fault(self, now, text):
        with self._lock:
            self.faults.append(f"{now - self.began:7.2f} {text}")

    def note(self, what, seconds):
        """The longest of its kind."""
        with self._lock:
            self.worst[what] = max(self.worst.get(what, 0.0), seconds)

    def checked(self, what):
        """One more time that the invariant could have been broken."""
        with self._lock:
            self.checks[what] += 1


class Revisions:
    """Contents are told apart by their mark. `issue` them in the order of their pushes, before each push begins; `withdraw` one
    that was refused. One whose push failed otherwise may be there or not."""

    def __init__(self, account, first):
        self._account, self._issued = account, [first]
        self._at = {}      # node → index of what it served last
        self._serial, self._number = {}, {}
        self._lock = threading.Lock()

    def issue(self, mark):
        with self._lock:
            self._issued.append(mark)

    def withdraw(self):
        with self._lock:
            self._issued.pop()

    def served(self, node, mark, now):
        with self._lock:
            self._account.checked("revisions served")
            at = self._at.get(node, 0)
            if mark not in self._issued[at:]:
                self._account.fault(now, f"{node} serves mark {mark} after {self._issued[at]}: issued were {self._issued}")
                return
            self._at[node] = self._issued.index(mark, at)

    def serial(self, node, serial, now):
        """Of the zone, by RFC 1982."""
        before = self._serial.get(node, serial)
        if (serial - before) % 2**32 >= 2**31:
            self._account.fault(now, f"{node} went back from serial {before} to {serial}")
        self._serial[node] = serial

    def number(self, node, number, now):
        """The revision's own number, which a rollback raises too."""
        before = self._number.get(node, number)
        if number < before:
            self._account.fault(now, f"{node} went back from revision {before} to {number}")
        self._number[node] = number


class Watch:
    """Heeds what askers ask."""

    def __init__(self, truth, bounds, account, revisions, gateways):
        """`gateways`: {address: region}."""
        self._truth, self._bounds, self._account, self._revisions, self._gateways = truth, bounds, account, revisions, gateways
        self._last = {}  # node → when it last answered at home, while it had to

    def answered(self, question, message, now):
        node = question.region
        if question.place == node:
            self._heard_at_home(node, question, now)
        found = [rdata for rrset in message.answer for rdata in rrset]
        if message.rcode() != dns.rcode.NOERROR or not found:
            self._account.fault(now, f"{node} answers {question.kind} for {question.client or 'all'} with "
                                     f"{dns.rcode.to_text(message.rcode())} and {len(found)} RRs")
        elif question.kind == "mark":
            self._revisions.served(node, int(found[0].to_text().strip('"')), now)
        elif question.kind == "serial":
            self._revisions.serial(node, found[0].serial, now)
        else:
            self._judge(question, [rdata.to_text() for rdata in found], now)

    def unanswered(self, question, now):
        truth = self._truth
        if truth.held(("node", question.region), True, question.sent) and truth.connected(question.place, question.region, question.sent):
            self._account.fault(now, f"{question.region} leaves {question.kind} asked in {question.place} at "
                                     f"{question.sent - self._account.began:.2f} unanswered")

    def _heard_at_home(self, node, question, now):
        fact = ("node", node)
        if self._truth.value(fact) is True and self._truth.held(fact, True, question.sent):
            last = max(self._last.get(node, question.sent), self._truth.since(fact))
            self._account.note("gap between two answers of a node", now - last)
            self._last[node] = now

    def _judge(self, question, addresses, now):
        node, truth = question.region, self._truth
        strange = [address for address in addresses if address not in self._gateways]
        if strange:
            self._account.fault(now, f"{node} gives {question.client} {strange}")
        start = question.sent - self._bounds.dead
        dead = [region for region in truth.regions if truth.held(("gateway", region), False, start)]
        if dead and any(truth.surely_up(node, other, start) for other in truth.regions if other not in dead):
            self._account.checked("answers while a gateway had been dead for longer than the bound")
        for region in {self._gateways[address] for address in addresses if address in self._gateways}:
            gateway, others = ("gateway", region), [other for other in truth.regions if other != region]
            if truth.value(gateway) is False and any(truth.surely_up(node, other, start) for other in others):
                since = question.sent - max(truth.since(gateway), truth.since(("node", node)))
                self._account.note("answer that leads to a dead gateway, after its death", since)
                if since > self._bounds.dead and truth.held(("node", node), True, start):
                    self._account.fault(now, f"{node} gives {question.client} the gateway in {region}, dead for {since:.2f} s")
            elif truth.held(("node", node), True, start) and truth.surely_down_for(node, question.client, region, start):
                self._account.fault(now, f"{node} gives {question.client} the gateway in {region}, which its vantage has not reached "
                                         f"for {self._bounds.dead:.2f} s")


class Together:
    """What each node serves: its revision and the regions that its clients may be given."""

    def __init__(self, truth, bounds, account):
        self._truth, self._bounds, self._account = truth, bounds, account
        self._told, self._apart, self._reported = {}, {}, set()

    def told(self, node, serves, now):
        self._told[node] = serves
        for pair in combinations(sorted(self._told), 2):
            if node in pair:
                self._compare(pair, now)

    def _compare(self, pair, now):
        facts = [(what, node) for node in pair for what in ("node", "etcd", "disk")]
        if all(self._truth.held(fact, True, now - self._bounds.apart) for fact in facts):
            self._account.checked("looks at two nodes that had reached etcd for longer than the bound")
        if self._told[pair[0]] == self._told[pair[1]] or any(self._truth.value(fact) is not True for fact in facts):
            self._apart.pop(pair, None)
            self._reported.discard(pair)
            return
        began = max(self._apart.setdefault(pair, now), *(self._truth.since(fact) for fact in facts))
        self._account.note("time that two nodes were apart", now - began)
        if now - began > self._bounds.apart and pair not in self._reported:
            self._reported.add(pair)
            self._account.fault(now, f"{pair[0]} and {pair[1]} apart for {now - began:.2f} s: {self._told[pair[0]]}, {self._told[pair[1]]}")


class Judge:
    """All of them, over one truth."""

    def __init__(self, regions, vantages, bounds, gateways, now):
        self.bounds = bounds
        self.truth, self.account = Truth(regions, vantages, now), Account(now)
        self.revisions = Revisions(self.account, 1)
        self.watch = Watch(self.truth, bounds, self.account, self.revisions, gateways)
        self.together = Together(self.truth, bounds, self.account)
