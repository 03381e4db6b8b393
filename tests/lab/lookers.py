"""Who looks at a cluster under faults from inside: whether each region's node can reach etcd, and what each node says it serves."""

import http.client
import json
import socket
import threading
import time

from cluster_fleet import ETCD_NUMBER

EVERY = 0.25
PATIENCE = 1.0     # seconds; a member without a leader lets a question hang


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def request(connection, method, path, body=None):
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        octets = answer.read()
        return octets if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def status_of(fleet, region):
    """What `isochrone status --json` says of a node; None where it does not answer."""
    told = request(Unix(fleet.directory / region / "state" / "admin.sock"), "GET", "/api/v1/status")
    return json.loads(told) if told else None


class Lookers:
    """A thread in each region asks its etcd members for a read that needs a leader; one asks all nodes for their status."""

    def __init__(self, fleet, judge):
        self.fleet, self.truth, self.revisions, self.together = fleet, judge.truth, judge.revisions, judge.together
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._look_at_etcd, args=(region,)) for region in fleet.regions]
        self._threads.append(threading.Thread(target=self._look_at_nodes))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _look_at_etcd(self, region):
        with self.fleet.lab.at(region):  # of this thread, to its end
            while not self._stop.wait(EVERY):
                began = time.monotonic()
                reached = any(self._answers(member) for member in [region, *(r for r in self.fleet.regions if r != region)])
                # From when the answer is there, until when it had begun to fail.
                self.truth.set(("etcd", region), reached, time.monotonic() if reached else began)

    def _answers(self, member):
        connection = http.client.HTTPConnection(self.fleet.address(member, ETCD_NUMBER), 2379, timeout=PATIENCE)
        return request(connection, "POST", "/v3/kv/range", '{"key":"AA=="}') is not None

    def _look_at_nodes(self):
        while not self._stop.wait(EVERY):
            for region in self.fleet.regions:
                if self.truth.value(("node", region)) is not True:
                    continue
                told = status_of(self.fleet, region)
                now = time.monotonic()
                if told is None or "cluster" not in told:
                    continue
                self.revisions.number(region, told["cluster"]["revision"], now)
                pool = told["pools"][0]
                self.together.told(region, (told["cluster"]["revision"], *(tuple(pool[f]["eligible"]) for f in ("ipv4", "ipv6"))), now)
