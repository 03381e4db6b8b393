"""isochrone in a lab: a name server, probe workers in other places, gateways; nothing but measurements decides.

    with Fleet(lab, directory, services={"svc": ["paris", "tokyo"]}, vantages=["lima"]) as fleet:
        fleet.where("svc", "lima")    # the region a client in lima is sent to
"""

import secrets
import socket
import sys

import certificates
import dns.edns
import dns.exception
import dns.message
import dns.query
import yaml
from lab import ROOT, LabError, find_isochrone, wait_until

ZONE = "lab.example"
PROBE = {"kind": "http", "port": 8080, "interval": "1s", "timeout": "900ms", "recheck": "300ms", "fall": 3, "rise": 2}
STEERING = {"margin": "5ms", "dwell": "5s"}
GATEWAY_NUMBER = 10  # of the address in its place's network
SERVER_NUMBER = 5


def save(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False, width=1000))
    path.chmod(mode)


class Fleet:
    """`services`: name → regions; a region is a place, and has one gateway. `vantages`: places with a probe worker; each
    stands for its own network. The name server stands in `node`; its own vantage covers nobody. `observers`: regions whose
    gateways tell of their clients."""

    def __init__(self, lab, directory, services, vantages, node=None, probe=None, steering=None, observers=()):
        self.lab, self.directory = lab, directory
        self.services, self.vantages = services, vantages
        self.node = node or vantages[0]
        self.regions = sorted({region for regions in services.values() for region in regions})
        self.probe, self.steering = PROBE | (probe or {}), STEERING | (steering or {})
        self.address = lab.places[self.node].address(SERVER_NUMBER)
        self.gateways, self.workers, self.observers = {}, {}, dict.fromkeys(observers)
        self.server = self.socket = None

    def __enter__(self):
        try:
            self._write()
            for region in self.regions:
                self.start_gateway(region)
            for gateway in self.gateways.values():
                gateway.wait_for_text("ready")
            self.server = self.lab.start(self.node, [find_isochrone(), "serve", "--config", self.directory / "node.yaml"],
                                         name=f"{self.directory.name}-node")
            with self.lab.at(self.node):
                self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.socket.setblocking(False)
            wait_until(self._answers, 30, "the name server to answer")
            for vantage in self.vantages:
                self.workers[vantage] = self.lab.start(
                    vantage, [find_isochrone(), "probe", "--config", self.directory / f"{vantage}.yaml"],
                    name=f"{self.directory.name}-probe-{vantage}")
            for region in self.observers:
                self.observers[region] = self.lab.start(
                    region, [find_isochrone(), "observe", "--config", self.directory / f"observe-{region}.yaml"],
                    name=f"{self.directory.name}-observe-{region}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in [*self.workers.values(), *self.observers.values(), *self.gateways.values(), self.server]:
            if process is not None and process.running():
                process.end()
        if self.socket is not None:
            self.socket.close()

    def _write(self):
        authority = certificates.Authority(self.directory / "ca")
        certificate, key = authority.issue("node", [self.address])
        tokens = {}

        def measuring(name, right, **more):
            token = self.directory / f"token-{name}"
            token.touch(0o600)
            token.write_text(secrets.token_hex(16) + "\n")
            tokens[name] = {"file": str(token), "may": [right]}
            save(self.directory / f"{name}.yaml", {
                "node": name, "state": f"state-{name}",
                "report": [{"node": f"https://{self.address}:9353", "token-file": str(token), "ca": str(authority.certificate)}], **more})

        for vantage in self.vantages:
            measuring(vantage, f"probe:{vantage}")
        for region in self.observers:
            measuring(f"observe-{region}", f"observe:{region}", observe={"region": region, "ports": [self.probe["port"]]})
        save(self.directory / "node.yaml", {
            "node": "node", "listen": [f"{self.address}:53"], "zones": "zones", "probes": "probes", "state": "state",
            "admin": {"listen": f"{self.address}:9353", "tls": {"cert": str(certificate), "key": str(key)}, "tokens": tokens}})
        save(self.directory / "probes" / "probes.yaml", {
            "regions": {region: {} for region in self.regions}, "probes": {"gateway": self.probe},
            "vantages": {v: {"covers": [str(self.lab.places[v].v4), str(self.lab.places[v].v6)]} for v in self.vantages},
            "steering": self.steering})
        save(self.directory / "zones" / "zone.yaml", {
            "zone": ZONE, "records": "zone.txt", "defaults": {"probe": "gateway", "ttl": "5s", "ttl-min": "2s"},
            "services": {name: {"gateways": {region: self.gateway_addresses(region) for region in regions}}
                         for name, regions in self.services.items()}})
        (self.directory / "zones" / "zone.txt").write_text(
            f"$TTL 300\n@ IN SOA ns1 hostmaster 1 7200 3600 604800 300\n@ IN NS ns1\nns1 IN A {self.address}\n")

    def gateway_addresses(self, region):
        place = self.lab.places[region]
        return [place.address(GATEWAY_NUMBER), place.address(GATEWAY_NUMBER, 6)]

    def start_gateway(self, region):
        self.gateways[region] = self.lab.start(
            region, [sys.executable, ROOT / "tests" / "lab" / "gateway.py", region, *self.gateway_addresses(region),
                     "--port", "8080"], name=f"{self.directory.name}-gateway-{region}")

    def _answers(self):
        if not self.server.running():
            raise LabError(f"the name server ended:\n{self.server.text()[-3000:]}")
        try:
            return self._ask(ZONE, "SOA", None, timeout=0.5).answer
        except dns.exception.Timeout:
            return False

    def _ask(self, name, rrtype, subnet, timeout=5):
        options = [dns.edns.ECSOption(str(subnet.network_address), subnet.prefixlen, 0)] if subnet else None
        query = dns.message.make_query(name, rrtype, use_edns=0, options=options)
        return dns.query.udp(query, self.address, timeout, sock=self.socket, ignore_unexpected=True)

    def where(self, service, client, family=4):
        """The region that a client in a place is sent to; "" for none."""
        return self.where_for(service, client, family)[0]

    def where_for(self, service, client, family=4):
        """(region, TTL) of what a client in a place is told; ("", 0) for nothing."""
        place = self.lab.places[client]
        answer = self._ask(f"{service}.{ZONE}", "A" if family == 4 else "AAAA", place.v4 if family == 4 else place.v6)
        for rrset in answer.answer:
            for rdata in rrset:
                for region in self.services[service]:
                    if rdata.to_text() in self.gateway_addresses(region):
                        return region, rrset.ttl
        return "", 0

    def wait_for(self, service, expected, timeout=30):
        """`expected`: {client: region}."""
        def now():
            return {client: self.where(service, client) for client in expected}
        try:
            wait_until(lambda: now() == expected, timeout, "")
        except LabError:
            raise LabError(f"not within {timeout:g} s: {now()}, expected {expected}") from None
