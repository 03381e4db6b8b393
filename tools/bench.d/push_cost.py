"""What a large revision costs: a zone of 23 MB and a table of a million rows pushed to real nodes, then one line of it changed."""
import os
import pathlib
import shutil
import threading
import time

from cluster_cost import OfTests
from installation import ROOT, Installation

RECORDS, ROWS = 1_030_000, 1_000_000


class PushCost(OfTests):
    def push(self):
        from cluster import Cluster
        folder = pathlib.Path(self.args.run).resolve() / "push"
        shutil.rmtree(folder, ignore_errors=True)
        with Cluster(folder, [f"ns{n + 1}" for n in range(self.args.nodes)]) as cluster:
            cluster.push()
            cluster.start()
            self.write(cluster.files)
            zone, table = (os.path.getsize(cluster.files / name) / 1e6 for name in ("zones/large.example.zone", "probes/latency.csv"))
            print(f"a zone of {zone:.1f} MB, {RECORDS:,} records; a table of {table:.1f} MB, {ROWS:,} rows; {self.args.nodes} node(s) with etcd on this machine")
            before = cluster.etcd.process
            self.time(cluster, "all of it new", "h0.large.example", "10.0.0.0")
            self.change(cluster.files, "h1 A 10.0.0.1\n", "h1 A 192.0.2.1\n")
            self.time(cluster, "one record changed", "h1.large.example", "192.0.2.1")
            for number, node in enumerate(cluster.nodes, 1):
                print(f"  node {number}: {Installation.facts(node.process)['rss_mib']:.0f} MiB")
            print(f"  etcd: {Installation.facts(before)['rss_mib']:.0f} MiB")

    def write(self, files):
        with (files / "zones/large.example.zone").open("w") as zone:
            zone.write("$ORIGIN large.example.\n$TTL 300\n@ SOA ns1 h 1 2h 30m 14d 5m\n@ NS ns1\nns1 A 192.0.2.53\n")
            zone.writelines(f"h{n} A 10.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(RECORDS))
        (files / "zones/large.example.yaml").write_text("zone: large.example\nrecords: large.example.zone\n")
        with (files / "probes/latency.csv").open("w") as table:
            head, *rows = (ROOT / "tests/e2e/data/latency.csv").read_text().splitlines()
            table.write("\n".join([head, *rows]) + "\n")
            columns = head.count(",")
            table.writelines(f"{40 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24{''.join(f',{(n * 7 + c * 31) % 300 + 1}' for c in range(columns))}\n" for n in range(ROWS))

    def change(self, files, old, new):
        path = files / "zones/large.example.zone"
        path.write_text(path.read_text().replace(old, new, 1))

    def time(self, cluster, what, name, address):
        from lab import wait_until
        began, ended = time.monotonic(), []

        def command():
            cluster.push("--no-wait")
            ended.append(time.monotonic() - began)
        pushing = threading.Thread(target=command)
        pushing.start()

        def answers(node):
            answer = node.ask(name, "A").answer
            return bool(answer) and answer[0][0].to_text() == address
        wait_until(lambda: all(map(answers, cluster.nodes)), 300, "every node to answer", every=0.01)
        answered = time.monotonic() - began
        pushing.join()
        print(f"  {what}: the command {ended[0]:.2f} s, every node answers from it after {answered:.2f} s", flush=True)
