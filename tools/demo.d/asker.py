"""Questions asked from within places, many a second: one socket each, no program started."""

import ipaddress
import socket
import threading
import time

import dns.edns
import dns.exception
import dns.message
import dns.query

EVERY = 0.2  # seconds between a watcher's questions


class Asker:
    """Asks `server`, an IPv4 address, from a place of the lab. For one thread at a time."""

    def __init__(self, lab, place, server):
        self.server = server
        with lab.at(place):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)  # else dnspython waits for ever

    def ask(self, name, rrtype="A", subnet=None, timeout=1.0):
        """The answer's data as text, in order; None where nobody answered within `timeout` seconds."""
        network = ipaddress.ip_network(subnet) if subnet else None
        options = [dns.edns.ECSOption(str(network.network_address), network.prefixlen, 0)] if network else None
        query = dns.message.make_query(name, rrtype, use_edns=0, options=options)
        try:
            answer = dns.query.udp(query, self.server, timeout, sock=self.socket, ignore_unexpected=True)
        except (dns.exception.DNSException, OSError):
            return None
        return [data.to_text() for rrset in answer.answer for data in rrset]

    def close(self):
        self.socket.close()


class Watch:
    """Asks for one name all the time, a thread an asker, until it is ended.

    `count`: answers; `slowest`: seconds that the slowest of them took; `faults`: a line for each question that had no address
    for an answer. Who is in `away` is not asked.
    """

    def __init__(self, askers, name, timeout, tries=1):
        """`askers`: {who: Asker}. `timeout`: seconds of each try."""
        self.name, self.timeout, self.tries = name, timeout, tries
        self.count, self.slowest, self.faults, self.away = 0, 0.0, [], set()
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=one, daemon=True) for one in askers.items()]
        for thread in self._threads:
            thread.start()

    def _run(self, who, asker):
        while not self._over.wait(EVERY):
            if who not in self.away:
                self._ask(who, asker)
        asker.close()

    def _ask(self, who, asker):
        began = time.monotonic()
        for _ in range(self.tries):
            addresses = asker.ask(self.name, timeout=self.timeout)
            if addresses:
                break
        took = time.monotonic() - began
        with self._lock:
            if addresses:
                self.count += 1
                self.slowest = max(self.slowest, took)
            elif who not in self.away:  # else it was ended while it was being asked
                what = "no answer" if addresses is None else "an answer without an address"
                self.faults.append(f"{time.strftime('%H:%M:%S')} {who}: {what} after {took:.1f} s")

    def end(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
