"""Ports for servers of tests, which nobody else takes between the choice and the server's start, or while it starts again."""

import errno
import itertools
import random
import socket

LOWEST, COUNT = 10000, 22000
LOCALHOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_claims = []  # each holds until this process ends


def free_ports(count):
    """Ports that are free for UDP and TCP on 127.0.0.1 and [::1], all different, and no other process's that asks here in this network
    namespace. None is among those which the kernel gives to whoever asks for any, so that no client's end of a connection takes it."""
    first = random.randrange(COUNT)
    ports = (LOWEST + (first + i) % COUNT for i in range(COUNT))
    low, high = _kernels_own()
    chosen = list(itertools.islice((port for port in ports if not low <= port <= high and _claim(port)), count))
    if len(chosen) < count:
        raise OSError(errno.EADDRINUSE, f"no {count} ports free from {LOWEST} on, outside of {low} to {high}")
    return chosen


def _kernels_own():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        low, high = map(int, file.read().split())
    return low, high


def _claim(port):
    """A name that only one process of a network namespace can have, and a look whether the port is taken by others."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0isochrone-test-port-{port}")
        for family, address in LOCALHOSTS:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(family, kind) as probe:
                    probe.bind((address, port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True
