"""CPU per query, as a ratio to the limit and beside the peers, by the load generator's own rounds."""
import json
import random
import statistics
import subprocess
import sys

from installation import PORT, Installation


class Speed(Installation):
    def compare(self, servers, loads, modes, *extra):
        command = [sys.executable, self.bench / "compare.py", "--bin", self.bin, "--run", self.run, "--servers", servers, "--loads", loads,
                   "--modes", modes, "--rounds", self.args.rounds, "--seconds", self.args.seconds, "--warmup", 0.1, *extra]
        subprocess.run([str(c) for c in command], check=True)

    def udp(self):
        (self.run / "udp.jsonl").unlink(missing_ok=True)
        self.compare("echo,gdnsd,knot,knot-geo,nsd", "W1,W2,W3,W4", "max",
                     "--add", f"ours;{PORT};{self.ours()};W1+W2+W3+W4", "--out", self.run / "udp.jsonl")
        self.intervals(self.run / "udp.jsonl")

    def intervals(self, path):
        """The 95 % bootstrap interval of the median of the ratios to the limit within a round."""
        rows = [json.loads(line) for line in open(path)]
        print("\nratio to echo, median [95 % interval of the median]")
        draw = random.Random(1)
        for load in sorted({r["load"] for r in rows}):
            base = {r["round"]: r["srv_us_per_q"] for r in rows if r["load"] == load and r["server"] == "echo"}
            for server in sorted({r["server"] for r in rows}):
                ratios = [r["srv_us_per_q"] / base[r["round"]] for r in rows if r["load"] == load and r["server"] == server and base.get(r["round"])]
                if server == "echo" or not ratios:
                    continue
                medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(1000))
                print(f"{load:4} {server:10} {statistics.median(ratios):.3f} [{medians[25]:.3f} {medians[974]:.3f}]  n={len(ratios)}")

    def million(self):
        for name, prefixes, pools in (("1m", 1_000_000, 1), ("pools", 100_000, 1000)):
            print(f"\n{prefixes} prefixes, {pools} pools; the queries' subnets are drawn from the first 100,000")
            out = self.run / f"{name}.jsonl"
            out.unlink(missing_ok=True)
            self.compare("echo", "W3", "max", "--add", f"ours;{PORT};{self.ours(prefixes, pools, name)};W3", "--out", out)
            self.intervals(out)

    def tcp(self):
        self.compare("gdnsd,knot,nsd", "T1,T1P", "max", "--add", f"ours;{PORT};{self.ours()};T1+T1P", "--ref", "gdnsd")

    def profile(self):
        pairs = "echo:W1,ours:W1,ours:W2,ours:W3,ours:W4"
        subprocess.run([sys.executable, self.bench / "profile.py", "--bin", self.bin, "--run", self.run, "--pairs", pairs,
                        "--add", f"ours;{PORT};{self.ours()}", "--symbols", str(self.args.symbols)], check=True)
