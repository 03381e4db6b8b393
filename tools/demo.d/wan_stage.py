"""The demo behind a simulated WAN: every place a network namespace of its own.

    registry (NSD)  ── delegates ──►  ns1 (isochrone)  ◄── reports ──  a probe worker in each city
                                        ▲ asks                              │ measures
    client ─► unbound, in each city ────┘                                   ▼
                                                             gateways (HTTPS), in each region
"""

import socket

from door import __file__ as DOOR
from lab import Lab, LabError, wait_until
from nameservers import write_parent, write_resolver
from stage import ISOCHRONE, Stage, parse_dig, python

NS = {4: 14, 6: 0x53}  # a name server's address in its place's network
PROMETHEUS = "prometheus"


class WanStage(Stage):
    simulated = True
    # A name server stands beside the gateways of its region, the parent elsewhere.
    ns_places = {"ns1": "eastus"}
    parent_place = "westeurope"

    def __init__(self, directory):
        super().__init__(directory)
        self.lab = self.processes = Lab(self.world.places, self.world.rtt, self.directory / "wan")
        self.servers = {name: [self.address(place, NS[family], family) for family in (4, 6)]
                        for name, place in self.ns_places.items()}
        self.ns_place, self.ns = self.ns_places["ns1"], self.servers["ns1"]
        self.parent = [self.address(self.parent_place, NS[family], family) for family in (4, 6)]
        # One city's resolver keeps its clients to itself: there the resolver's own address must do.
        self.without_subnet = self.world.cities[-1]
        self.doors, self.workers, self.tokens = {}, {}, {}

    def address(self, place, number=1, family=4):
        return next(p for p in self.world.places if p.name == place).address(number, family)

    def __enter__(self):
        self.installation.place_name_servers(self.servers)
        self.lab.__enter__()
        # For `tools/demo at PLACE COMMAND` from another terminal.
        (self.directory / "places").write_text("".join(f"{n} {self.lab.namespace(n)}\n" for n in self.lab.places))
        return self

    def __exit__(self, *problem):
        self.lab.__exit__(*problem)
        for listener, _ in self.doors.values():
            listener.close()

    # The servers around ours.

    def start_surroundings(self):
        config = write_parent(self.directory / "nsd", self.parent, self.installation.name, self.servers)
        parent = self.lab.start(self.parent_place, ["nsd", "-d", "-c", config])
        resolvers = []
        for city in self.world.cities:
            config = write_resolver(self.directory / f"unbound-{city}", [self.address(city), self.address(city, 1, 6)],
                                    self.parent, [] if city == self.without_subnet else sum(self.servers.values(), []))
            resolvers.append(self.lab.start(city, ["unbound", "-d", "-c", config]))
        for region in self.world.regions:
            self.start_gateways(region)
        for gateway in self.gateways.values():
            gateway.wait_for_text("ready")
        for city in self.world.cities:
            wait_until(lambda place=city: self.ask(place, "example", "SOA").status == "NOERROR", 20,
                       f"{city}'s resolver to reach the parent")
        assert parent.running() and all(resolver.running() for resolver in resolvers)

    def launch_gateways(self, region, addresses, name):
        return self.lab.start(region, self.gateway_command(region, addresses, 443), name=name)

    def new_addresses(self, region):
        return [self.address(region, 13), self.address(region, 0xadd, 6)]

    # Ours.

    def start_node(self):
        self.admit_workers()
        self.installation.write_node([f"{self.ns[0]}:53", f"[{self.ns[1]}]:53"], self.admin("ns1"))
        self.server = self.lab.start(self.ns_place, [ISOCHRONE, "serve", "--config", self.installation.config], name="ns1")
        self._wait_until_answering()
        self.start_workers()

    def admit_workers(self):
        """Each city's worker gets a token and the city's networks."""
        places = {place.name: place for place in self.world.places}
        self.installation.cover({city: [places[city].v4, places[city].v6] for city in self.world.cities})
        self.workers = {city: self.installation.write_token(city) for city in self.world.cities}
        self.tokens = {city: {"file": str(file), "may": [f"probe:{city}"]} for city, file in self.workers.items()}
        self.tokens["reader"] = {"file": str(self.installation.write_token("reader")), "may": ["read"]}

    def admin(self, name):
        """`admin:` of a name server."""
        cert, key = self.authority.issue(name, [f"{name}.{self.installation.name}", *self.servers[name], "127.0.0.1"])
        return {"listen": f"{self.servers[name][0]}:9353", "tls": {"cert": str(cert), "key": str(key)}, "tokens": self.tokens}

    def start_workers(self):
        nodes = [f"https://{addresses[0]}:9353" for addresses in self.servers.values()]
        for city, token in self.workers.items():
            config = self.installation.write_worker(city, nodes, token, self.authority.certificate)
            self.lab.start(city, [ISOCHRONE, "probe", "--config", config], name=f"probe-{city}")

    def _wait_until_answering(self):
        def answers():
            if not self.server.running():
                raise LabError(f"isochrone ended:\n{self.server.text()[-2000:]}")
            return self.ask_server(self.installation.name, "SOA").status == "NOERROR"
        wait_until(answers, 20, "isochrone to answer")

    # What a client does.

    def dig(self, place, arguments):
        return self.lab.run_at(place, ["dig", "+noall", "+comments", "+answer", "+tries=1", "+timeout=3", *arguments]).stdout

    def ask(self, city, name, rrtype="A", fresh=False):
        """Through the city's resolver; where a fresh answer is wanted, past its cache."""
        if fresh:
            return self.ask_server(name, rrtype, self.client_prefix(city))
        return parse_dig(self.dig(city, [f"@{self.address(city)}", name, rrtype]))

    def ask_server(self, name, rrtype="A", subnet=None):
        return parse_dig(self.dig(self.ns_place, [f"@{self.ns[0]}", *([f"+subnet={subnet}"] if subnet else []), name, rrtype]))

    def dig_command(self, city, name, rrtype="A"):
        return f"tools/demo at {city} dig {name} {rrtype}"

    def client_prefix(self, city):
        return str(next(p for p in self.world.places if p.name == city).v4)

    def fetch(self, city, name, address):
        """What a gateway says to a client of the city that was given this address."""
        done = self.lab.run_at(city, ["curl", "-sS", "--max-time", "5", "--cacert", self.authority.certificate, "--resolve",
                                   f"{name}:443:{address}", f"https://{name}/"])
        return done.stdout.strip() or done.stderr.strip()

    def metrics(self):
        token = (self.installation.directory / "token-reader").read_text().strip()
        return self.lab.run_at(self.ns_place, ["curl", "-sS", "--max-time", "5", "--cacert", self.authority.certificate,
                                            "-H", f"Authorization: Bearer {token}", f"https://{self.ns[0]}:9353/metrics"]).stdout

    # While it keeps running.

    def open_door(self, what, place, address, port, preferred):
        """A port of this machine's loopback that leads into a place."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", preferred))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        listener.listen(32)
        process = self.lab.start(place, python(DOOR, str(listener.fileno()), address, str(port)), name=f"door-{what}",
                                 pass_fds=[listener.fileno()])
        self.doors[what] = (listener, process)
        return "127.0.0.1:%d" % listener.getsockname()[1]

    def start_prometheus(self):
        token = self.installation.directory / "token-reader"
        folder = self.directory / PROMETHEUS
        folder.mkdir()
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 2s}\nscrape_configs:\n- job_name: isochrone\n  scheme: https\n"
            f"  tls_config: {{ca_file: {self.authority.certificate}}}\n"
            f"  authorization: {{credentials_file: {token}}}\n  static_configs: [{{targets: ['{self.ns[0]}:9353']}}]\n")
        self.lab.start(self.ns_place, [PROMETHEUS, f"--config.file={folder}/prometheus.yml",
                                       f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:9090"])

    def by_hand(self):
        self.start_prometheus()
        admin = self.open_door("admin", self.ns_place, self.ns[0], 9353, 9353)
        prometheus = self.open_door(PROMETHEUS, self.ns_place, "127.0.0.1", 9090, 9090)
        city, region = self.world.cities[0], self.world.regions[-1]
        trust = f"--cacert {self.authority.certificate}"
        token = self.installation.directory / "token-reader"
        return [
            ("a client in a city", self.dig_command(city, self.installation.full_name("contoso"))),
            ("its cities", " ".join(self.world.cities)),
            ("the weather", f"tools/demo wan cut {city} {region}   (also heal, rtt, loss, jitter, spike, show)"),
            ("stop a region's gateways", f"kill {self.gateways[region].pid}"),
            ("the metrics", f"curl -sS {trust} -H \"Authorization: Bearer $(cat {token})\" https://{admin}/metrics"),
            ("Prometheus", f"http://{prometheus}/"),
        ]
