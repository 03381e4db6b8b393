"""The demo without a WAN: gateways on addresses of 127.0.0.0/8, and an imported latency table instead of measurements."""

import ipaddress

from installation import addresses_of
from lab import LabError, Processes, wait_until
from ports import free_ports
from stage import ISOCHRONE, Stage, parse_dig

PORT = 8443    # 443 is not for ordinary users


class LoopbackStage(Stage):
    simulated = False

    def __init__(self, directory):
        super().__init__(directory)
        self.processes = Processes(self.directory / "logs")
        self.port, admin_port = free_ports(2)
        self.admin = f"127.0.0.1:{admin_port}"
        self.networks = {place.name: place.v4 for place in self.world.places}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.processes.end_all()

    def start_surroundings(self):
        self._move_gateways()
        for region in self.world.regions:
            self.start_gateways(region)
        for gateway in self.gateways.values():
            gateway.wait_for_text("ready")

    def _move_gateways(self):
        """192.0.2.10 becomes 127.0.<region>.10; there is one IPv6 loopback address only, so IPv6 stays out."""
        regions = self.world.regions

        def local(region, addresses):
            numbers = [ipaddress.ip_address(a).packed[3] for a in addresses if ":" not in a]
            return [f"127.0.{regions.index(region) + 1}.{number}" for number in numbers]
        for entry in [*self.installation.services.values(), *self.installation.pools.values()]:
            for region, gateway in entry.get("gateways", {}).items():
                moved = local(region, addresses_of(gateway))
                entry["gateways"][region] = gateway | {"addresses": moved} if isinstance(gateway, dict) else moved
        self.installation.quicken()
        self.installation.set_in_probes({"port": PORT})
        self.world.gateways = self.installation.gateways()
        self.installation.import_table(
            (self.networks[city], region, self.world.rtt[city, region])
            for city in self.world.cities for region in regions)

    def launch_gateways(self, region, addresses, name):
        return self.processes.launch(self.gateway_command(region, addresses, PORT), name)

    def new_addresses(self, region):
        return [f"127.0.{self.world.regions.index(region) + 1}.250"]

    def start_node(self):
        self.installation.write_node([f"127.0.0.1:{self.port}"], self.admin)
        self.server = self.processes.launch([ISOCHRONE, "serve", "--config", self.installation.config], "ns1")

        def answers():
            if not self.server.running():
                raise LabError(f"isochrone ended:\n{self.server.text()[-2000:]}")
            return self.ask_server(self.installation.name, "SOA").status == "NOERROR"
        wait_until(answers, 20, "isochrone to answer")

    def run(self, arguments):
        return self.processes.run(arguments).stdout

    def ask(self, city, name, rrtype="A", fresh=False):
        return self.ask_server(name, rrtype, self.client_prefix(city))

    def ask_server(self, name, rrtype="A", subnet=None):
        return parse_dig(self.run(["dig", "+noall", "+comments", "+answer", "+tries=1", "+timeout=3", "@127.0.0.1",
                                   "-p", str(self.port), *([f"+subnet={subnet}"] if subnet else []), name, rrtype]))

    def dig_command(self, city, name, rrtype="A"):
        return f"dig @127.0.0.1 -p {self.port} +subnet={self.client_prefix(city)} {name} {rrtype}"

    def client_prefix(self, city):
        return str(self.networks[city])

    def fetch(self, city, name, address):
        return self.run(["curl", "-sS", "--max-time", "5", "--cacert", self.authority.certificate, "--resolve",
                         f"{name}:{PORT}:{address}", f"https://{name}:{PORT}/"]).strip()

    def metrics(self):
        return self.run(["curl", "-sS", "--max-time", "5", f"http://{self.admin}/metrics"])

    def by_hand(self):
        city, service = self.world.cities[0], self.installation.full_name("contoso")
        return [
            ("a client anywhere", self.dig_command(city, service)),
            ("the status page", f"http://{self.admin}/"),
            ("the metrics", f"http://{self.admin}/metrics"),
            ("stop a region's gateways", f"kill {self.gateways[self.world.regions[0]].pid}"),
        ]
