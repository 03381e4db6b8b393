"""Our server as it is measured: its folders of configuration, its start, and what the kernel says of it."""
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORT = 15399


class Installation:
    def __init__(self, args):
        self.args = args
        self.bench = pathlib.Path(args.bench).resolve()
        self.run = pathlib.Path(args.run).resolve()
        self.bin = self.run / "bin"
        self.run.mkdir(parents=True, exist_ok=True)
        sys.path.insert(0, str(self.bench))
        self.peers = importlib.import_module("peers")
        self.compare_module = importlib.import_module("compare")
        self.query = self.compare_module.query
        self.peers.loads(self.run)
        if not (self.bin / "blaster").exists():
            subprocess.run([self.bench / "build.sh", self.bin], check=True, stdout=subprocess.DEVNULL)
        self.program = pathlib.Path(args.program).resolve()

    # Configurations of ours.

    def node(self, name, port, zone_text, services, regions, table=None, probe="{kind: http, port: 18099, interval: 4s, timeout: 1s}", path="/"):
        """A folder with one node; returns its command."""
        folder = self.run / "ours" / name
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("zones", "probes"):
            (folder / part).mkdir(parents=True)
        (folder / "isochrone.yaml").write_text(
            f"node: bench\nlisten: [\"127.0.0.1:{port}\"]\nzones: zones\nprobes: probes\nstate: state\nworkers: 1\n")
        (folder / "zones" / "gtm.example.zone").write_text(zone_text)
        (folder / "zones" / "gtm.example.yaml").write_text(
            "zone: gtm.example\nrecords: gtm.example.zone\ndefaults: {probe: hc}\n" + services)
        probe = probe[:-1] + f", path: {path}}}" if "http" in probe else probe
        (folder / "probes" / "probes.yaml").write_text(
            "regions: {" + ", ".join(f"{r}: {{}}" for r in regions) + "}\n"
            f"probes: {{hc: {probe}}}\n" + ("latency: [{table: table.csv}]\n" if table else ""))
        if table:
            with open(folder / "probes" / "table.csv", "w") as out:
                table(out)
        return f"{self.program} serve --log-level error --config {folder}/isochrone.yaml"

    def zone(self, extra=0):
        return self.peers.zone_text(www="", extra=extra)

    def ours(self, prefixes=100_000, pools=1, name="ours"):
        gateways = "{gateways: {dc1: [127.0.0.1], dc2: [127.0.0.2], dc3: [127.0.0.3]}, probe: %s}"
        services = "services:\n  www: " + gateways % "hc" + "\n"
        services += "".join(f"  p{i}: {gateways % 'none'}\n" for i in range(1, pools))
        return self.node(name, PORT, self.zone(), services, ["dc1", "dc2", "dc3"], self.table(prefixes))

    # What is measured.

    def table(self, prefixes=100_000):
        """Writes a latency table of as many prefixes, the same every time."""
        chosen = self.peers.prefixes(prefixes)
        order = ([10, 20, 30], [20, 10, 30], [30, 20, 10])

        def write(out):
            out.write("prefix,dc1,dc2,dc3\n")
            out.writelines(f"{p},{','.join(map(str, order[x]))}\n" for p, x in chosen)
        return write

    # Running it.

    def start(self, command, name, log):
        """Starts a server; (process, seconds until it answers)."""
        began = time.monotonic()
        process = subprocess.Popen(command.split(), stdout=log, stderr=log)
        while time.monotonic() - began < 120 and process.poll() is None:
            if self.compare_module.good(self.query(PORT, name, timeout=0.02)):
                return process, time.monotonic() - began
            time.sleep(0.001)
        process.kill()
        sys.exit(f"{command}: did not start")

    @staticmethod
    def facts(process):
        status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
        stat = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
        return {"rss_mib": int(status["VmRSS"].split()[0]) / 1024, "peak_mib": int(status["VmHWM"].split()[0]) / 1024,
                "cpu_s": (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")}
