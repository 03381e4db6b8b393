"""Questions to every node of a cluster, all the time and from every place, by one thread.

A node is asked twenty times a second from its own place, where no network is in between, and twice from each other place: for
the service in the name of each client in turn, over both families, for the revision's mark and for the zone's serial. What becomes of each
question is told to `heed`, once: heed.answered(question, message, now) or heed.unanswered(question, now).
"""

import collections
import contextlib
import itertools
import select
import struct
import threading
import time
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.message
from cluster_fleet import talker
from fleet import SERVER_NUMBER, ZONE

TIMEOUT = 1.0  # seconds; the longest way there and back takes a quarter of it
EVERY, FAR_EVERY = 0.05, 0.5


@dataclass(frozen=True)
class Question:
    place: str    # where it is asked
    region: str   # whose node is asked
    kind: str     # "service", "mark" or "serial"
    client: str   # of "service": the place in whose network's name
    sent: float   # time.monotonic()


def wire(name, rrtype, subnet=None):
    options = [dns.edns.ECSOption(str(subnet.network_address), subnet.prefixlen, 0)] if subnet else None
    return dns.message.make_query(name, rrtype, use_edns=0, options=options).to_wire()[2:]


class Askers:
    """From `with` to its end."""

    def __init__(self, fleet, heed):
        self.fleet, self.heed, self.count = fleet, heed, 0
        places = fleet.lab.places
        clients = [("service", name, wire(f"svc.{ZONE}", rrtype, subnet)) for name, place in places.items()
                   for rrtype, subnet in (("A", place.v4), ("AAAA", place.v6))]
        marks = [("mark", "", wire(f"mark.{ZONE}", "TXT")), ("serial", "", wire(ZONE, "SOA"))]
        turns = [turn for client in clients for turn in (client, *marks)]
        self._turns = {(place, region): itertools.cycle(turns if place == region else clients)
                       for place in places for region in fleet.regions}
        self._ids = itertools.cycle(range(1, 65536))
        self._open = {}                      # ID → question
        self._sent = collections.deque()     # (ID, question), oldest first
        self._sockets = {}                   # by place
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        for place in self.fleet.lab.places:
            with self.fleet.lab.at(place):
                self._sockets[place] = talker()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        for one in self._sockets.values():
            one.close()

    def _run(self):
        near = far = time.monotonic()
        while not self._stop.is_set():
            readable = select.select(list(self._sockets.values()), [], [], max(0, near - time.monotonic()))[0]
            for sock in readable:
                self._receive(sock)
            now = time.monotonic()
            if not readable:
                self._give_up(now)  # only when nothing waits to be read: our own delay is nobody's fault
            if now < near:
                continue
            near = now + EVERY
            asked_from_afar = now >= far
            if asked_from_afar:
                far = now + FAR_EVERY
            for place, region in self._turns:
                if place == region or asked_from_afar:
                    self._ask(place, region)

    def _ask(self, place, region):
        kind, client, octets = next(self._turns[place, region])
        number = next(self._ids)
        question = Question(place, region, kind, client, time.monotonic())
        self._open[number] = question
        self._sent.append((number, question))
        self.count += 1
        with contextlib.suppress(OSError):  # then it is not answered either
            self._sockets[place].sendto(struct.pack(">H", number) + octets, (self.fleet.address(region, SERVER_NUMBER), 53))

    def _receive(self, sock):
        while True:
            try:
                octets = sock.recv(4096)
            except OSError:
                return
            question = self._open.pop(struct.unpack(">H", octets[:2])[0], None)
            if question is None:
                continue  # too late, and told already
            try:
                self.heed.answered(question, dns.message.from_wire(octets), time.monotonic())
            except dns.exception.DNSException:
                self.heed.unanswered(question, time.monotonic())

    def _give_up(self, now):
        while self._sent and now - self._sent[0][1].sent > TIMEOUT:
            number, question = self._sent.popleft()
            if self._open.get(number) is question:
                del self._open[number]
                self.heed.unanswered(question, now)
