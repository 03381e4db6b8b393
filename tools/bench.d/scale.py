"""Start, memory, reloads and flips at scale, and what probing costs."""
import http.client
import json
import re
import socket
import statistics
import subprocess
import sys
import time

from installation import PORT, Installation


class Scale(Installation):
    def scale(self):
        log = open(self.run / "scale.log", "wb")
        cases = {"1,000,000 static records": (self.node("records", PORT, self.zone(1_000_000), "", ["dc1"]), "h0999999.gtm.example"),
                 "100,000 services in 1,000 pools x 4 regions": (self.services(), "t99999.gtm.example")}
        print(f"{'case':45} {'start s':>8} {'CPU s':>7} {'RSS MiB':>8} {'peak':>7}   median of {self.args.rounds}")
        for title, (command, name) in cases.items():
            seen = []
            for _ in range(self.args.rounds):
                process, seconds = self.start(command, name, log)
                time.sleep(0.3)
                seen.append((seconds, *self.facts(process).values()))
                process.terminate()
                process.wait()
            seconds, rss, peak, cpu = (statistics.median(s[i] for s in seen) for i in range(4))
            print(f"{title:45} {seconds:8.3f} {cpu:7.2f} {rss:8.1f} {peak:7.1f}", flush=True)

    def services(self, table=None):
        """100,000 services from CSV in 1,000 pools of 4 regions."""
        pools = "".join(
            f"  p{i}: {{probe: none, gateways: {{" + ", ".join(f"dc{r}: [10.{r}.{i >> 8}.{i & 255}]" for r in range(1, 5)) + "}}\n"
            for i in range(1000))
        command = self.node("services", PORT, self.zone(), "services: {from: services.csv}\npools:\n" + pools, ["dc1", "dc2", "dc3", "dc4"], table)
        with open(self.run / "ours/services/zones/services.csv", "w") as out:
            out.write("name,pool,primary\n")
            out.writelines(f"t{i:05},p{i % 1000},dc1\n" for i in range(100_000))
        return command

    def probes(self):
        """10,000 targets on loopback: 127.1.x.y, one listener for all of them."""
        listener = subprocess.Popen([sys.executable, "-c", LISTENER], stdin=subprocess.PIPE)
        pools = "".join(
            f"  p{i}: {{gateways: {{" + ", ".join(f"dc{r}: [127.{r}.{i >> 8}.{i & 255}]" for r in range(1, 5)) + "}}\n" for i in range(2500))
        command = self.node("probes", PORT, self.zone(), "pools:\n" + pools + "services:\n" + "".join(f"  t{i}: {{pool: p{i}}}\n" for i in range(2500)),
                            ["dc1", "dc2", "dc3", "dc4"], probe="{kind: tcp, port: 18443, interval: 5s, timeout: 2s}")
        process, _ = self.start(command, "t2499.gtm.example", open(self.run / "probes.log", "wb"))
        try:
            time.sleep(6)
            before = self.facts(process)["cpu_s"]
            time.sleep(self.args.watch)
            cpu = (self.facts(process)["cpu_s"] - before) / self.args.watch
            print(f"10,000 TCP targets every 5 s: {cpu:.3f} of a core, RSS {self.facts(process)['rss_mib']:.1f} MiB")
        finally:
            process.terminate()
            process.wait()
            listener.terminate()
            listener.wait()

    # While it serves.

    def flip(self):
        """From the order to take a gateway or a region out to the first answer that shows it, 100,000 services being served."""
        process, _ = self.start(self.services(), "t99999.gtm.example", open(self.run / "scale.log", "wb"))
        try:
            time.sleep(3)  # files as young as ours are read a second time
            for title, target in (("one gateway of one of 1,000 pools", "p1.gtm.example/dc1"), ("a region of 1,000 pools", "dc1")):
                seen = sorted(self.until_answered(target, drained) for _ in range(self.args.rounds) for drained in (True, False))
                print(f"{title:45} {statistics.median(seen) * 1e3:6.2f} ms  worst {seen[-1] * 1e3:6.2f} ms   {len(seen)} flips")
        finally:
            process.terminate()
            process.wait()

    def until_answered(self, target, drained):
        before = self.query(PORT, "t00001.gtm.example")
        began = time.monotonic()
        reply = self.order("drain" if drained else "undrain", {"target": target, "reason": "benchmark", "by": "bench"})
        while self.query(PORT, "t00001.gtm.example", timeout=0.05) == before:
            if time.monotonic() - began > 10:
                sys.exit(f"{target}: nothing changed")
        took = time.monotonic() - began
        response = reply.getresponse()  # comes when the order is safe on disk, later than the answers change
        if response.status != 200:
            sys.exit(f"{target}: {response.status} {response.read().decode()}")
        response.read()
        reply.close()
        return took

    def order(self, command, body):
        """POST to the node's own socket; the connection that the reply will come on."""
        door = self.run / "ours/services/state/admin.sock"
        while not door.exists():  # opened after the first answers
            time.sleep(0.05)
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(door))
        connection.request("POST", f"/api/v1/{command}", json.dumps(body), {"Content-Type": "application/json"})
        return connection

    def reload(self):
        """Queries paced at 20,000 a second while 1,000,000 records are read anew: none may be lost."""
        command = self.node("records", PORT, self.zone(1_000_000), "", ["dc1"])
        process, _ = self.start(command, "h0999999.gtm.example", open(self.run / "scale.log", "wb"))
        try:
            for title, reloads in (("without reloads", 0), ("with a reload every 2 s", 4)):
                load = subprocess.Popen(self.blaster(process, "--rate", 20_000, "--seconds", 9), stdout=subprocess.PIPE, text=True)
                for _ in range(reloads):
                    time.sleep(2)
                    self.touch("records")
                told, facts = json.loads(load.communicate()[0]), self.facts(process)
                print(f"{title:25} sent {told['sent']} lost {told['lost']} p50 {told['p50_us']:.0f} p99 {told['p99_us']:.0f} "
                      f"p999 {told['p999_us']:.0f} us; RSS {facts['rss_mib']:.0f} MiB, peak {facts['peak_mib']:.0f}")
        finally:
            process.terminate()
            process.wait()

    def soak(self):
        """Memory over --watch seconds of load and a reload every 20 s of 100,000 services and a table of 100,000 rows."""
        command = self.services(table=self.table())
        process, _ = self.start(command, "t99999.gtm.example", open(self.run / "scale.log", "wb"))
        try:
            began, shown = time.monotonic(), 0
            while time.monotonic() - began < self.args.watch:
                subprocess.run(self.blaster(process, "--rate", 5_000, "--seconds", 19), stdout=subprocess.DEVNULL, check=True)
                self.touch("services")
                if time.monotonic() - began >= shown:
                    shown += self.args.watch / 15
                    facts = self.facts(process)
                    print(f"{time.monotonic() - began:7.0f} s  RSS {facts['rss_mib']:7.1f} MiB  peak {facts['peak_mib']:7.1f} MiB", flush=True)
        finally:
            process.terminate()
            process.wait()

    def blaster(self, process, *more):
        return [str(word) for word in (self.bin / "blaster", "--port", PORT, "--file", self.run / "load/W1", "--warmup", 0.1,
                                       "--sockets", 4, "--pid", process.pid, *more)]

    def touch(self, name):
        """Another serial, which is a reload: the node watches its files."""
        path = self.run / "ours" / name / "zones/gtm.example.zone"
        self.serial = getattr(self, "serial", 2) + 1
        text = re.sub(r"(SOA \S+ \S+ \(?\s*)\d+", rf"\g<1>{self.serial}", path.read_text(), count=1)
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").rename(path)

LISTENER = """
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")  # every address of 127/8, and nobody else's
s.bind(("0.0.0.0", 18443)); s.listen(4096)
while True:
    c, _ = s.accept(); c.close()
"""
