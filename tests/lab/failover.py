#!/usr/bin/python3
"""failover.py [RUNS]: seconds from the death of a region's gateways to the first answer that leads elsewhere.

Interval 2 s, recheck 500 ms, fall 2; the gateways' process is killed, so connections are refused. The kill comes at a random
moment of the probing interval. On loopback: what is timed is the server, not a network.
"""

import pathlib
import random
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from lab import LabError, Processes, find_isochrone, wait_until  # noqa: E402
from ports import free_ports  # noqa: E402
from server import Server  # noqa: E402

INTERVAL = 2.0
GATEWAYS = {"west": "127.0.1.10", "east": "127.0.2.10"}
NAME = "svc.failover.example"
GOALS = {"median": 1.8, "worst": 2.8}


def files(port):
    return {
        "zones/failover.example.yaml":
            "zone: failover.example\nrecords: failover.example.zone\ndefaults: {probe: gateway, ttl: 5s, ttl-min: 1s}\n"
            "services: {svc: {gateways: {west: [127.0.1.10], east: [127.0.2.10]}}}\n",
        "zones/failover.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml":
            f"regions: {{west: {{}}, east: {{}}}}\nprobes: {{gateway: {{kind: http, port: {port}, interval: 2s, timeout: 1s, "
            "recheck: 500ms, fall: 2, rise: 2}}\nlatency: [{table: latency.csv}]\n",
        "probes/latency.csv": "prefix,west,east\n198.18.0.0/15,10,50\n",
    }


def one_run(server, start_gateway, gateway):
    """Seconds until the answer changed; and the gateways' new process."""
    def sent_to(region):
        answer = server.ask(NAME, "A", subnet="198.18.1.0/24")
        return bool(answer.answer) and answer.answer[0][0].to_text() == GATEWAYS[region]
    wait_until(lambda: sent_to("west"), 30, "clients to be back")
    time.sleep(random.uniform(INTERVAL, 2 * INTERVAL))
    killed = time.monotonic()
    gateway.popen.kill()
    wait_until(lambda: sent_to("east"), 30, "clients to be sent elsewhere", every=0.005)
    took = time.monotonic() - killed
    gateway.popen.wait()
    return took, start_gateway("west")


def measure(runs):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        port, = free_ports(1)
        server = Server(folder, zones=(), probes=())
        for name, text in files(port).items():
            (folder / name).write_text(text)
        processes = Processes(folder / "gateways")

        def start_gateway(region):
            process = processes.launch([sys.executable, HERE / "gateway.py", region, GATEWAYS[region], "--port", str(port)],
                                       region)
            process.wait_for_text("ready")
            return process
        try:
            gateways = {region: start_gateway(region) for region in GATEWAYS}
            with server:
                taken = []
                for _ in range(runs):
                    took, gateways["west"] = one_run(server, start_gateway, gateways["west"])
                    taken.append(took)
                return taken
        finally:
            processes.end_all()


def main():
    if find_isochrone() is None:
        raise SystemExit("failover: isochrone is not built")
    try:
        taken = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    except LabError as problem:
        raise SystemExit(f"failover: {problem}") from None
    found = {"median": statistics.median(taken), "worst": max(taken)}
    print(" ".join(f"{took:.2f}" for took in sorted(taken)))
    for name, goal in GOALS.items():
        print(f"{name:6} {found[name]:.2f} s   goal {goal} s   {'met' if found[name] <= goal else 'missed'}")
    return int(any(found[name] > goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
