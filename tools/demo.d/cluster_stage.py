"""The demo of a cluster, behind the simulated WAN: three regions an ocean apart, each with all there is.

    westus2      ns1, etcd, gateways  ┐
    westeurope   ns2, etcd, gateways  ├─ any one of them may go    ◄── the operator pushes, from one of the cities
    japaneast    ns3, etcd, gateways  ┘
    cities       clients, unbound, a probe worker that reports to all three
"""

import json
import shutil
import signal
import time

from asker import Asker
from installation import ZONE_FILE, save
from lab import LabError, wait_until
from stage import ISOCHRONE
from wan_stage import WanStage

# Primary regions of the services that stay; their gateways are reduced to the three regions.
SERVICES = {"contoso": "westus2", "fabrikam": "westeurope"}
PACE = {"interval": "2s", "timeout": "2s", "recheck": "500ms", "fall": 2, "rise": 2}
ETCD = 12  # number of its address in its place's network
OPERATOR = "losangeles"
# Members are up to a quarter of a second from each other: etcd's own defaults are for one machine room.
ETCD_PACE = {"heartbeat-interval": 150, "election-timeout": 1500}


class ClusterStage(WanStage):
    ns_places = {"ns1": "westus2", "ns2": "westeurope", "ns3": "japaneast"}
    cities = ("losangeles", "toronto", "london", "pune", "seoul")
    parent_place = "toronto"

    def __init__(self, directory):
        super().__init__(directory)
        self.nodes, self.etcds, self.askers = {}, {}, {}
        for region in self.world.regions:  # what pushes are about: it answers all the time, and is in no file yet
            self.world.gateways[region] += self.new_addresses(region)

    def furnish(self):
        self.installation.keep(self.ns_places.values(), SERVICES)

    def __exit__(self, *problem):
        for asker in self.askers.values():
            asker.close()
        super().__exit__(*problem)

    # What is written.

    def write(self):
        # What probes name travels to the nodes with them: it lies below their folder.
        shutil.copy(self.authority.certificate, self.installation.directory / "probes" / "ca.pem")
        self.installation.set_in_probes(PACE | {"ca": "ca.pem"})
        self.admit_workers()
        for place in self.ns_places.values():
            self._write_etcd(place)
        for node, place in self.ns_places.items():
            v4, v6 = self.servers[node]
            save(self.node_config(node), {
                "node": node, "region": place, "listen": [f"{v4}:53", f"[{v6}]:53"], "state": "state", "nsid": node,
                "admin": self.admin(node), "cluster": self._cluster(place)})
        save(self.installation.config, {
            "node": "operator", "listen": ["127.0.0.1:5300"], "zones": "zones", "probes": "probes", "state": "state",
            "cluster": self._cluster(OPERATOR)})

    def node_config(self, node):
        folder = self.directory / node
        folder.mkdir(exist_ok=True)
        return folder / "isochrone.yaml"

    def etcd_config(self, place):
        return self.directory / f"etcd-{place}.yaml"

    def _write_etcd(self, place):
        def url(there, port):
            return f"http://{self.address(there, ETCD)}:{port}"
        save(self.etcd_config(place), {
            "name": place, "data-dir": str(self.directory / f"etcd-{place}"),
            "listen-client-urls": url(place, 2379), "advertise-client-urls": url(place, 2379),
            "listen-peer-urls": url(place, 2380), "initial-advertise-peer-urls": url(place, 2380),
            "initial-cluster": ",".join(f"{there}={url(there, 2380)}" for there in self.ns_places.values()),
            "auto-compaction-mode": "revision", "auto-compaction-retention": "1000",
            "enable-grpc-gateway": True} | ETCD_PACE)  # on without a file, off with one

    def _cluster(self, place):
        """The nearest etcd first."""
        near = sorted(self.ns_places.values(), key=lambda there: 0 if there == place else self.world.rtt[place, there])
        return {"name": "demo", "etcd": [f"http://{self.address(there, ETCD)}:2379" for there in near]}

    # What is started and killed.

    def start_etcd(self, place):
        self.etcds[place] = self.lab.start(place, ["etcd", "--config-file", self.etcd_config(place)], name=f"etcd-{place}")

    def wait_for_etcd(self):
        """Until a member answers what needs a majority."""
        place = next(iter(self.ns_places.values()))
        ask = ["curl", "-sSf", "--max-time", "2", f"http://{self.address(place, ETCD)}:2379/v3/kv/range", "-d", '{"key":"AA=="}']
        wait_until(lambda: self.lab.run_at(place, ask).returncode == 0, 60, "etcd to have a leader")

    def start_ns(self, node):
        place = self.ns_places[node]
        self.nodes[node] = self.lab.start(place, [ISOCHRONE, "serve", "--config", self.node_config(node)], name=node)
        if node not in self.askers:
            self.askers[node] = self.asker(node)

    def asker(self, node):
        """Asks the node from its own place: no sea is crossed."""
        return Asker(self.lab, self.ns_places[node], self.servers[node][0])

    def start_cluster(self):
        """Etcd everywhere, the first revision, then the nodes; the workers last."""
        self.write()
        for place in self.ns_places.values():
            self.start_etcd(place)
        self.wait_for_etcd()
        self.operator("push", "-m", "the first", "--no-wait")
        for node in self.ns_places:
            self.start_ns(node)
        self.each_node(lambda node: self.askers[node].ask(self.installation.name, "SOA"), 20, "to answer")
        self.start_workers()

    @staticmethod
    def kill(process):
        """At once, with no time for a last word."""
        process.end(signal.SIGKILL)

    # What is asked.

    def operator(self, *arguments, status=0):
        """isochrone as the operator runs it; what it said. An error where its exit status is another."""
        done = self.lab.run_at(OPERATOR, [ISOCHRONE, *arguments, "--config", self.installation.config])
        said = done.stdout + done.stderr
        if done.returncode != status:
            raise LabError(f"isochrone {' '.join(arguments)} ended with {done.returncode}, not {status}: {said}")
        return said

    def status(self, node):
        """What `isochrone status --cluster` says on the node."""
        return self.lab.run([ISOCHRONE, "status", "--cluster", "--config", self.node_config(node)]).stdout

    def cluster_seen(self, node):
        """The same as data; without a revision or nodes where the node does not say."""
        done = self.lab.run([ISOCHRONE, "status", "--cluster", "--json", "--config", self.node_config(node)])
        return json.loads(done.stdout) if done.returncode in (0, 1) and done.stdout else {"revision": 0, "nodes": [], "reached": True}

    def dry_run(self, node):
        """What a push of the operator's files would do, as told where the node and its measurements are."""
        done = self.lab.run_at(self.ns_places[node], [ISOCHRONE, "push", "--dry-run", "--from", self.installation.directory, "--config",
                                                      self.node_config(node)])
        if done.returncode != 0:
            raise LabError(f"push --dry-run: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def toggle(self, service, region):
        """In the operator's files, the service's gateway in `region` gets its second addresses, or loses them again."""
        gateway, new = self.installation.pool_of(service)[region], self.new_addresses(region)
        kept = [address for address in gateway if address not in new]
        self.installation.services[service]["gateways"][region] = kept if kept != gateway else kept + new
        self.installation.save_zone()

    def push(self, why, log):
        """A push by the operator, begun: the process, whose lines are in its log as soon as they are said."""
        return self.lab.start(OPERATOR, ["stdbuf", "-oL", ISOCHRONE, "push", "-m", why, "--config", self.installation.config], name=log)

    def each_node(self, holds, timeout, what, nodes=None, since=None, every=0.1):
        """{node: seconds since `since`, else since now, until `holds(node)`}, for `nodes`, else all of them."""
        began, took = time.monotonic() if since is None else since, {}
        nodes = self.ns_places if nodes is None else nodes

        def all_hold():
            for node in nodes:
                if node not in took and holds(node):
                    took[node] = time.monotonic() - began
            return len(took) == len(nodes)
        try:
            wait_until(all_hold, timeout, what, every)
        except LabError:
            raise LabError(f"not within {timeout:g} s: {', '.join(n for n in nodes if n not in took)} {what}") from None
        return took

    def node_sends(self, node, expected):
        """Whether a node's answers to the clients of all cities are as `expected` ({city: region})."""
        homes = {address: region for region, mine in self.world.gateways.items() for address in mine}

        def region(city):
            addresses = self.askers[node].ask(self.installation.full_name("contoso"), subnet=self.client_prefix(city))
            return homes.get(addresses[0]) if addresses else None
        return all(region(city) == home for city, home in expected.items())

    # While it keeps running.

    def by_hand(self):
        operator = f"--config {self.installation.config}"
        node, place = "ns3", self.ns_places["ns3"]
        zone = self.installation.directory / "zones" / ZONE_FILE
        return [
            ("a client in a city", self.dig_command(self.cities[0], self.installation.full_name("contoso"))),
            ("its cities", " ".join(self.cities)),
            ("what the operator edits", str(zone)),
            ("push it", f"tools/demo at {OPERATOR} {ISOCHRONE} push -m WHY {operator}   (also history, rollback, promote, pull)"),
            ("the cluster", f"{ISOCHRONE} status --cluster --config {self.node_config(node)}"),
            (f"kill {node}", f"kill -9 {self.nodes[node].pid}"),
            (f"start {node}", f"tools/demo at {place} {ISOCHRONE} serve --config {self.node_config(node)}"),
            (f"kill {place}'s etcd", f"kill -9 {self.etcds[place].pid}"),
            (f"start {place}'s etcd", f"tools/demo at {place} etcd --config-file {self.etcd_config(place)}"),
            ("the weather", f"tools/demo wan cut {place}   (also heal, rtt, loss, jitter, spike, show)"),
        ]
