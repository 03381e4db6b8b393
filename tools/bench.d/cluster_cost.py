"""What a cluster costs: one etcd, real nodes, simulated vantages and further watchers."""
import base64
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import sys
import time
import urllib.request
import zlib

from installation import ROOT, Installation
from vantages import BEAT, PREFIX, Vantage, address, coded

SETTLE = 10  # seconds, before anything is measured
LONGEST = 10  # seconds that a verdict may take; then it counts as not heeded


class OfTests:
    """A measurement with the tests' own cluster, of the program that is measured."""

    def __init__(self, args):
        self.args = args
        os.environ["ISOCHRONE_BIN"] = str(pathlib.Path(args.program).resolve())
        sys.path += [str(ROOT / "tests/lab"), str(ROOT / "tests/e2e")]


class ClusterCost(OfTests):
    def cluster(self):
        from cluster import Cluster
        from lab import wait_until
        args, folder = self.args, pathlib.Path(self.args.run).resolve() / "cluster"
        shutil.rmtree(folder, ignore_errors=True)
        compaction = ["--auto-compaction-mode=revision", "--auto-compaction-retention=10000", "--snapshot-count=10000"]  # docs/cluster.md
        with Cluster(folder, [f"ns{n + 1}" for n in range(args.nodes)], etcd_options=compaction) as cluster:
            self.configure(cluster.files)
            cluster.push()
            cluster.start()
            fleet = cluster.processes.launch(
                ["/usr/bin/python3", ROOT / "tools/bench.d/vantages.py", "--port", cluster.etcd.port, "--vantages", args.vantages,
                 "--regions", args.regions, "--watchers", args.watchers], "vantages")
            wait_until(lambda: fleet.text().count("\n") > 0, 60, "every vantage to speak")
            time.sleep(SETTLE)
            self.watch(cluster, fleet)

    def configure(self, files):
        args = self.args
        names = [f"r{r:03}" for r in range(args.regions)]
        vantages = "".join(f"  v{v:03}: {{covers: [10.{v >> 4}.{(v & 15) << 4}.0/20]}}\n" for v in range(args.vantages))
        (files / "probes/probes.yaml").write_text(
            "regions: {" + ", ".join(f"{n}: {{}}" for n in names) + "}\n"
            "probes: {hc: {kind: https, port: 443, host: gw.example, path: /healthz, interval: 5s, timeout: 2s}}\n"
            f"vantages:\n  judge: {{}}\n{vantages}")
        (files / "probes/latency.csv").unlink()
        gateways = [f"{n}: [{address(r)}]" for r, n in enumerate(names)]
        (files / "zones/steered.example.yaml").write_text(
            "zone: steered.example\nrecords: steered.example.zone\ndefaults: {probe: hc, routing: latency, quorum: majority}\nservices:\n"
            f"  www: {{gateways: {{{', '.join(gateways)}}}}}\n"
            f"  judged: {{routing: priority, quorum: any, gateways: {{{', '.join(gateways[:2])}}}}}\n")

    def watch(self, cluster, fleet):
        """The run itself: a verdict of the judge every beat, and what everything costs meanwhile."""
        processes = {f"node {n + 1}": node.process for n, node in enumerate(cluster.nodes)}
        processes |= {"etcd": cluster.etcd.process, "vantages, simulated": fleet}
        judge = Judge(cluster, self.args.regions)
        taken = scrape(cluster.nodes[0])
        began = shown = time.monotonic()
        before, peaks = {name: Installation.facts(p) for name, p in processes.items()}, []
        while time.monotonic() - began < self.args.minutes * 60:
            time.sleep(max(0, began + len(judge.delays) * BEAT - time.monotonic()))
            judge.flip()
            if time.monotonic() >= shown:
                shown += self.args.minutes * 6
                size = self.database(cluster)
                peaks.append(size)
                rss = "  ".join(f"{name} {Installation.facts(p)['rss_mib']:.1f}" for name, p in processes.items())
                print(f"{time.monotonic() - began:6.0f} s  RSS MiB: {rss}  database {size[0]:.0f} MB, {size[1]:.0f} in use; load {os.getloadavg()[0]:.1f}",
                      flush=True)
        seconds = time.monotonic() - began
        after = {name: Installation.facts(p) for name, p in processes.items()}
        self.tell(cluster, fleet, seconds, before, after, taken, judge, peaks)

    def tell(self, cluster, fleet, seconds, before, after, taken, judge, peaks):
        args, metrics = self.args, scrape(cluster.nodes[0])
        said = [json.loads(line) for line in fleet.text().splitlines()][-max(1, int(seconds // 10)):]
        print(f"\n{args.vantages} vantages x {args.regions} regions, {args.nodes} nodes, {args.watchers} watchers more, {seconds:.0f} s")
        print(f"{'':22} {'CPU, % of a core':>17} {'RSS MiB':>8} {'at end':>8} {'growth':>7}")
        for name, first in before.items():
            last = after[name]
            print(f"{name:22} {(last['cpu_s'] - first['cpu_s']) / seconds * 100:17.1f} {first['rss_mib']:8.1f} {last['rss_mib']:8.1f} "
                  f"{last['rss_mib'] - first['rss_mib']:7.1f}")
        mean = {key: statistics.mean(one[key] for one in said) for key in said[0]}
        print(f"reports: {mean['report_octets']:.0f} octets, {mean['puts_s']:.1f} written a second; put p50 {mean['put_p50_ms']:.1f} p99 "
              f"{mean['put_p99_ms']:.1f} ms; {sum(s['late'] for s in said)} beats left out, {sum(s['failed'] for s in said)} failed")
        print(f"node 1: {(metrics[REPORTS] - taken[REPORTS]) / (metrics['at'] - taken['at']):.1f} reports taken a second, {metrics[REFUSED]:.0f} refused, "
              f"{metrics[RUBBISH]:.0f} not understood; watchers together {mean['watched_mb_s']:.1f} MB/s")
        print(f"/metrics of node 1: {metrics['octets'] / 1e6:.1f} MB in {metrics['seconds']:.2f} s")
        print(f"etcd's database: {max(p[0] for p in peaks):.0f} MB at most, in use {max(p[1] for p in peaks):.0f} MB at most")
        judge.tell()

    def database(self, cluster):
        """Size and part in use, MB."""
        status = cluster.etcd.ask("/v3/maintenance/status", {})
        return int(status["dbSize"]) / 1e6, int(status.get("dbSizeInUse", 0)) / 1e6


REPORTS, REFUSED = (f'isochrone_reports_total{{result="{result}"}}' for result in ("ok", "refused"))
RUBBISH = "isochrone_cluster_misunderstood_keys_total"


def scrape(node):
    """The counters named here, and what the page itself cost."""
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{node.admin_port}/metrics", timeout=60) as answer:
        page = answer.read()
    told = dict(line.rsplit(" ", 1) for line in page.decode().splitlines() if line.startswith((REPORTS, REFUSED, RUBBISH)))
    return {name: float(value) for name, value in told.items()} | {"octets": len(page), "seconds": time.monotonic() - began, "at": began}


class Judge:
    """A vantage whose every report changes its verdict on the first region, and how soon node 1 answers by it."""

    def __init__(self, cluster, regions):
        import dns.message
        self.etcd = http.client.HTTPConnection("127.0.0.1", cluster.etcd.port, timeout=LONGEST)
        self.vantage = Vantage("judge", regions, random.Random(2), flips=0, interval=1)  # what it says is always new
        self.query = dns.message.make_query("judged.steered.example", "A", use_edns=False).to_wire()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", cluster.nodes[0].port))
        self.socket.settimeout(1)
        self.delays, self.is_down = [], False

    def answer(self):
        """The address answered: the answer's last four octets."""
        self.socket.send(self.query)
        return socket.inet_ntoa(self.socket.recv(512)[-4:])

    def flip(self):
        self.is_down = not self.is_down
        self.vantage.down = {0: 1} if self.is_down else {}
        value = zlib.compress(self.vantage.report().encode(), 1)
        body = json.dumps({"key": coded(f"{PREFIX}vantage/judge"), "value": base64.b64encode(value).decode()})
        began = time.monotonic()
        self.etcd.request("POST", "/v3/kv/put", body)
        while self.answer() != address(self.is_down):
            if time.monotonic() - began > LONGEST:
                break
            time.sleep(0.0005)
        self.delays.append(time.monotonic() - began)
        try:
            self.etcd.getresponse().read()
        except OSError:
            self.etcd.close()                              # the next request opens another

    def tell(self):
        delays = sorted(self.delays[1:]) or self.delays
        print(f"verdict written to answered: median {statistics.median(delays) * 1e3:.1f} ms, p99 {delays[len(delays) * 99 // 100] * 1e3:.1f}, "
              f"worst {delays[-1] * 1e3:.1f} of {len(delays)}; "
              f"{sum(d > LONGEST for d in delays)} not within {LONGEST} s")
