"""A cluster in a lab: etcd, a name server and a gateway in each of three regions, probe workers in other places.

    with ClusterFleet(lab, directory, regions=["westus2", ...], vantages=["london", ...]) as fleet:
        fleet.push("-m", "a change")
        fleet.where("westus2", client="london")     # what the node in westus2 gives a client in london

Every node's own vantage counts too. Workers report to the nodes over HTTPS, who pass it on.
"""

import base64
import contextlib
import secrets
import socket
import sys

import certificates
import dns.edns
import dns.exception
import dns.message
import dns.query
import matrix
from fleet import GATEWAY_NUMBER, PROBE, SERVER_NUMBER, STEERING, ZONE, save
from lab import ROOT, LabError, find_isochrone, wait_until

ETCD_NUMBER = 7  # of the address in its place's network

# Three regions an ocean apart, and a place near each of them.
NEAREST = {"losangeles": "westus2", "london": "westeurope", "seoul": "japaneast"}
VANTAGES, REGIONS = list(NEAREST), list(NEAREST.values())
RTT = matrix.of_the_demo([*REGIONS, *VANTAGES])


def talker():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


class ClusterFleet:
    def __init__(self, lab, directory, regions, vantages=(), probe=None):
        self.lab, self.directory, self.regions, self.vantages = lab, directory, list(regions), list(vantages)
        self.probe = PROBE | (probe or {})
        self.etcds, self.nodes, self.gateways, self.workers, self.sockets = {}, {}, {}, {}, {}

    def address(self, place, number, family=4):
        return self.lab.places[place].address(number, family)

    def etcd_url(self, region):
        return f"http://{self.address(region, ETCD_NUMBER)}:2379"

    def __enter__(self):
        try:
            self._write()
            for region in self.regions:
                self.start_etcd(region)
            wait_until(lambda: self.etcd_answers(self.regions[0]), 60, "etcd to have a leader")
            for region in self.regions:
                self.start_gateway(region)
            for gateway in self.gateways.values():
                gateway.wait_for_text("ready")
            self.push("-m", "first", "--no-wait")
            for region in self.regions:
                self.start_node(region)
            for region in self.regions:
                wait_until(lambda region=region: self.where(region, region), 60, f"the node in {region} to answer")
            for vantage in self.vantages:
                self.workers[vantage] = self.lab.start(
                    vantage, [find_isochrone(), "probe", "--config", self.directory / f"{vantage}.yaml"], name=f"probe-{vantage}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for group in (self.workers, self.nodes, self.gateways, self.etcds):
            for process in group.values():
                if process.running():
                    process.end()
        for one in self.sockets.values():
            one.close()

    # What is started.

    def start_etcd(self, region):
        here, peers = self.address(region, ETCD_NUMBER), {r: f"http://{self.address(r, ETCD_NUMBER)}:2380" for r in self.regions}
        # Members are up to a quarter of a second from each other.
        self.etcds[region] = self.lab.start(region, [
            "etcd", "--name", region, "--data-dir", self.directory / f"etcd-{region}", "--listen-client-urls", f"http://{here}:2379",
            "--advertise-client-urls", f"http://{here}:2379", "--listen-peer-urls", f"http://{here}:2380", "--initial-advertise-peer-urls",
            peers[region], "--initial-cluster", ",".join(f"{name}={url}" for name, url in peers.items()), "--heartbeat-interval", "150",
            "--election-timeout", "1500", "--auto-compaction-mode=revision", "--auto-compaction-retention=1000"], name=f"etcd-{region}")

    def etcd_answers(self, region):
        return self.lab.run_at(region, ["curl", "-sSf", "--max-time", "2", self.etcd_url(region) + "/v3/kv/range", "-d", '{"key":"AA=="}']).returncode == 0

    def is_told_by(self, vantage):
        """Whether etcd has a report of it."""
        key = base64.b64encode(f"isochrone/lab/live/vantage/{vantage}".encode()).decode()
        done = self.lab.run_at(self.regions[0], ["curl", "-sSf", self.etcd_url(self.regions[0]) + "/v3/kv/range", "-d", f'{{"key":"{key}"}}'])
        return "kvs" in done.stdout

    def start_node(self, region):
        self.nodes[region] = self.lab.start(region, [find_isochrone(), "serve", "--config", self.directory / region / "isochrone.yaml"], name=f"node-{region}")
        if region not in self.sockets:
            with self.lab.at(region):
                self.sockets[region] = talker()

    def start_gateway(self, region):
        self.gateways[region] = self.lab.start(
            region, [sys.executable, ROOT / "tests" / "lab" / "gateway.py", region, *self.gateway_addresses(region), "--port", "8080",
                     "--control", self._control(region)], name=f"gateway-{region}")

    def tell_gateway(self, region, order):
        """What it does from now on, as gateway.py has it: "503", "hang", "" for its service."""
        new = self._control(region).with_suffix(".new")
        new.write_text(order)
        new.rename(self._control(region))

    def _control(self, region):
        return self.directory / f"gateway-{region}.control"

    def gateway_addresses(self, region):
        return [self.address(region, GATEWAY_NUMBER), self.address(region, GATEWAY_NUMBER, 6)]

    def region_of_address(self):
        return {address: region for region in self.regions for address in self.gateway_addresses(region)}

    # What is written.

    def _write(self):
        authority = certificates.Authority(self.directory / "ca")
        tokens = {}
        for vantage in self.vantages:
            token = self.directory / f"token-{vantage}"
            token.touch(0o600)
            token.write_text(secrets.token_hex(16) + "\n")
            tokens[vantage] = {"file": str(token), "may": [f"probe:{vantage}"]}
            save(self.directory / f"{vantage}.yaml", {"node": vantage, "state": f"state-{vantage}", "report": [
                {"node": f"https://{self.address(region, SERVER_NUMBER)}:9353", "token-file": str(token), "ca": str(authority.certificate)}
                for region in self.regions]})
        for region in self.regions:
            here = self.address(region, SERVER_NUMBER)
            certificate, key = authority.issue(region, [here])
            # Its own etcd first: what is read there costs no trip across the sea.
            etcd = [self.etcd_url(region), *(self.etcd_url(r) for r in self.regions if r != region)]
            save(self.directory / region / "isochrone.yaml", {
                "node": region, "region": region, "listen": [f"{here}:53"], "state": "state",
                "admin": {"listen": f"{here}:9353", "tls": {"cert": str(certificate), "key": str(key)}, "tokens": tokens},
                "cluster": {"name": "lab", "etcd": etcd}})
        operator = self.directory / "operator"
        first = self.regions[0]
        save(operator / "isochrone.yaml", {
            "node": "operator", "listen": ["127.0.0.1:53"], "zones": "zones", "probes": "probes", "state": "state",
            "cluster": {"name": "lab", "etcd": [self.etcd_url(r) for r in self.regions]}})
        save(operator / "probes" / "probes.yaml", {
            "regions": {region: {} for region in self.regions}, "probes": {"gateway": self.probe},
            "vantages": {v: {"covers": [str(self.lab.places[v].v4), str(self.lab.places[v].v6)]} for v in [*self.regions, *self.vantages]},
            "steering": STEERING})
        save(operator / "zones" / "zone.yaml", {
            "zone": ZONE, "records": "zone.txt", "defaults": {"probe": "gateway", "ttl": "5s", "ttl-min": "2s"},
            "services": {"svc": {"primary": first, "gateways": {r: self.gateway_addresses(r) for r in self.regions}}}})
        self.write_records(1)

    def write_records(self, number):
        """The operator's master file; `mark` is what tells revisions apart on the wire."""
        first = self.address(self.regions[0], SERVER_NUMBER)
        (self.directory / "operator" / "zones" / "zone.txt").write_text(
            f"$TTL 300\n@ IN SOA ns1 hostmaster {number} 7200 3600 604800 300\n@ IN NS ns1\nns1 IN A {first}\nmark IN TXT \"{number}\"\n")

    # What is asked.

    def isochrone(self, region, *arguments):
        config = self.directory / (region if region in self.nodes else "operator") / "isochrone.yaml"
        return self.lab.run_at(region if region in self.lab.places else self.regions[0], [find_isochrone(), *arguments, "--config", config], timeout=90)

    def push(self, *arguments, at=None):
        """By the operator, who sits in the first region."""
        done = self.lab.run_at(at or self.regions[0], [find_isochrone(), "push", *arguments, "--config", self.directory / "operator" / "isochrone.yaml"], timeout=90)
        if done.returncode != 0:
            raise LabError(f"push: {done.stdout}{done.stderr}")
        return done

    def ask(self, region, name, rrtype, subnet=None, timeout=1):
        options = [dns.edns.ECSOption(str(subnet.network_address), subnet.prefixlen, 0)] if subnet else None
        query = dns.message.make_query(name, rrtype, use_edns=0, options=options)
        with contextlib.suppress(BlockingIOError):  # answers that came too late for who asked
            while True:
                self.sockets[region].recv(65535)
        return dns.query.udp(query, self.address(region, SERVER_NUMBER), timeout, sock=self.sockets[region], ignore_unexpected=True)

    def where(self, region, client):
        """The region that the node in `region` sends a client to; "" for none."""
        try:
            answer = self.ask(region, f"svc.{ZONE}", "A", self.lab.places[client].v4)
        except (dns.exception.DNSException, OSError):
            return ""
        found = [rdata.to_text() for rrset in answer.answer for rdata in rrset]
        return next((r for r in self.regions if self.address(r, GATEWAY_NUMBER) in found), "")

    def all_are_near(self, timeout=60):
        wait_until(lambda: all(self.where(node, client) == region for node in self.regions for client, region in NEAREST.items()), timeout,
                   "every node to send each client to its nearest region")

    def all_serve(self, number, timeout=20, regions=None):
        regions = regions or self.regions
        wait_until(lambda: all(self.mark(region) == number for region in regions), timeout, f"revision {number} at {regions}")

    def mark(self, region, timeout=1):
        try:
            answer = self.ask(region, f"mark.{ZONE}", "TXT", timeout=timeout)
        except (dns.exception.DNSException, OSError):
            return None
        return int(answer.answer[0][0].to_text().strip('"')) if answer.answer else None
