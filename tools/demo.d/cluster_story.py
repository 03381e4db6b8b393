"""Several nodes, told in steps: what a push promises, and what is left when a region, or all of etcd, is lost."""

import time

from asker import Asker, Watch
from cluster_push import PATIENCE, TimedPush
from cluster_stage import OPERATOR, PACE
from installation import TTL
from lab import wait_until
from telling import SERVICE, SLACK, Telling, require, seconds

LEASE = 8        # seconds that a node's account in etcd outlives it; a new leader of etcd begins it anew
NODE_PATIENCE = 2.0
DEAD_SERVER = 10.0  # seconds that a resolver may go on asking name servers that are gone
CALM = 0.2       # seconds between questions that start a program
STUB = (5.0, 2)  # seconds and tries of a client that asks its resolver, as glibc has them


class ClusterStory(Telling):
    def __init__(self, stage, ink):
        super().__init__(stage, ink)
        self.primary = self.installation.services[SERVICE]["primary"]
        self.lost = next(node for node, place in stage.ns_places.items() if place == self.primary)
        self.left = [node for node in stage.ns_places if node != self.lost]
        self.clients = self.servers = None  # watches
        self.revision = 1

    def steps(self):
        return [
            ("a cluster stands", self.cluster),
            ("every node sends clients alike", self.nearest),
            ("a push reaches every node", self.first_push),
            ("a region's gateways die", self.gateways_die),
            ("the primary region is lost", self.region_lost),
            ("its services cannot be changed", self.refused),
            ("until another region has them", self.promoted),
            ("the region is back", self.region_returns),
            ("all of etcd is lost", self.etcd_lost),
            ("a node restarts from its disk", self.restarted),
            ("etcd is back", self.etcd_returns),
            ("what clients saw of all this", self.clients_saw),
        ]

    # What steps are made of.

    def push(self, why, region, nodes=None):
        """Changes the service's gateway in `region`, pushes, and says how long the last of `nodes` (all of them) took."""
        self.revision += 1
        return TimedPush(self.stage, self.ink, self.revision).tell(why, SERVICE, region, nodes or list(self.stage.ns_places))

    def moved(self, act, without, nodes, limit):
        """Acts; then every node, and later every client, is to be where it belongs while `without` is not to be used."""
        before, expected = self.stage.where(SERVICE), self.expected(without)
        began = time.monotonic()
        act()
        at_nodes = self.stage.each_node(lambda node: self.stage.node_sends(node, expected), limit, "to send all where they belong",
                                        nodes, began)
        dead_servers = 0 if nodes is None else DEAD_SERVER  # resolvers ask those for a while
        self.stage.wait_for(SERVICE, expected, seconds(TTL["ttl"]) + SLACK + dead_servers)
        clients = time.monotonic() - began
        self.ink.table(["client in", "was in", "is in"], [[city, before[city], expected[city]] for city in expected])
        require(before != expected, "nobody had to move: this step shows nothing")
        return max(at_nodes.values()), clients

    def first_answer(self, node, since):
        """Seconds from `since` until the node answers."""
        return self.stage.each_node(lambda one: self.stage.askers[one].ask(self.name, timeout=0.1), PATIENCE, "to answer", [node],
                                    since, 0.02)[node]

    def show_status(self, node):
        self.ink.command(f"isochrone status --cluster    # on {node}")
        self.ink.quote(self.stage.status(node))

    def at_newest(self, node):
        return self.stage.cluster_seen(node)["revision"] == self.revision

    # The steps.

    def cluster(self):
        stage, world = self.stage, self.world
        self.ink.say(f"{len(world.regions)} regions, each with a member of etcd, a name server and gateways that answer HTTPS. "
                     f"{len(world.cities)} cities, each with clients, a resolver of its own (unbound) and a probe worker. "
                     f"An operator in {OPERATOR}.")
        stage.start_surroundings()
        stage.start_cluster()
        self.read_bound()
        self.show_distances()
        wait_until(lambda: [n["revision"] for n in stage.cluster_seen("ns1")["nodes"]] == [1] * len(stage.ns_places), 20,
                   "all nodes at revision 1", CALM)
        self.show_status("ns1")
        return f"{len(stage.ns_places)} nodes serve revision 1, which reached them through etcd"

    def nearest(self):
        expected = self.expected()
        self.stage.wait_for(SERVICE, expected, 60)
        self.stage.each_node(lambda node: self.stage.node_sends(node, expected), 20, "to send all to their nearest")
        self.ink.say("From here on every name server is asked five times a second, and so is the resolver of each city; of whom "
                     f"nobody answers in {STUB[0]:g} s, asks again.")
        self.ink.command(self.stage.dig_command(self.world.cities[0], self.name))
        self.ink.table(["client in", "is sent to", "at"],
                       [[city, region, f"{self.world.rtt[city, region]:g} ms"] for city, region in expected.items()])
        self.servers = Watch({node: self.stage.asker(node) for node in self.stage.ns_places}, self.name, NODE_PATIENCE)
        self.clients = Watch({city: Asker(self.stage.lab, city, self.stage.address(city)) for city in expected}, self.name, *STUB)
        return f"{len(expected)} cities are sent to their nearest, by each of {len(self.stage.ns_places)} nodes alike"

    def first_push(self):
        region = self.world.regions[-1]
        self.stage.toggle(SERVICE, region)
        self.ink.say(f"{self.name} gets a second gateway address in {region}. First, what that would do; asked where {self.lost} "
                     "stands, whose measurements tell the effect on clients:")
        self.ink.command("isochrone push --dry-run")
        said = self.stage.dry_run(self.lost)
        self.ink.quote(said)
        self.stage.toggle(SERVICE, region)
        require("clients:" in said and self.name in said, said)
        took = self.push("a second address", region)
        return f"every node answered from revision {self.revision} {took}"

    def gateways_die(self):
        region = next(r for r in self.pool if r != self.primary and r in self.expected().values())
        self.ink.say(f"The gateways of {region} are stopped. A probe every {PACE['interval']}, after a failure again after "
                     f"{PACE['recheck']}, {PACE['fall']} failures make it down, answers live {TTL['ttl']}: so clients are elsewhere "
                     f"within {self.bound:.1f} s.")
        nodes, clients = self.moved(lambda: self.stage.stop_gateways(region), [region], None, self.bound + SLACK)
        self.stage.start_gateways(region)
        self.stage.each_node(lambda node: self.stage.node_sends(node, self.expected()), 30, f"to send clients to {region} again")
        return f"{region}'s gateways died: the last node sent clients elsewhere after {nodes:.1f} s, the last client was there " \
               f"after {clients:.1f} s (bound {self.bound:.1f} s), and all came back"

    def region_lost(self):
        stage = self.stage
        self.ink.say(f"Everything in {self.primary} is killed: its gateways, its name server {self.lost}, its member of etcd. It is "
                     f"the primary region of {self.name}.")
        stage.wait_for(SERVICE, self.expected(), 30)

        def lose():
            self.servers.away.add(self.lost)
            for process in (stage.gateways[self.primary], stage.nodes[self.lost], stage.etcds[self.primary]):
                stage.kill(process)
        nodes, clients = self.moved(lose, [self.primary], self.left, self.bound + SLACK)
        return f"{self.primary} is gone: {' and '.join(self.left)} sent its clients elsewhere after {nodes:.1f} s, the last client " \
               f"was there after {clients:.1f} s (bound {self.bound:.1f} s)"

    def refused(self):
        wait_until(lambda: len(self.stage.cluster_seen(self.left[0])["nodes"]) == len(self.left), 4 * LEASE,
                   f"{self.lost}'s lease to end", CALM)
        region = self.stage.ns_places[self.left[0]]
        self.stage.toggle(SERVICE, region)
        self.ink.command(f"isochrone push -m 'one more address in {region}'")
        said = self.stage.operator("push", "-m", "one more address", status=1)
        self.ink.quote(said)
        require(f"{self.name}: no node is live in its primary region {self.primary}" in said, said)
        self.stage.toggle(SERVICE, region)
        other = next(name for name, entry in self.installation.services.items() if entry["primary"] != self.primary)
        self.stage.toggle(other, region)
        self.ink.command(f"isochrone push -m 'one more address for {other}'")
        self.ink.quote(self.stage.operator("push", "-m", f"one more address for {other}"))
        self.revision += 1
        return f"a push that changes {SERVICE} is refused, by name; one that changes {other}, managed in " \
               f"{self.installation.services[other]['primary']}, goes through"

    def promoted(self):
        region = self.stage.ns_places[self.left[0]]
        self.ink.command(f"isochrone promote {self.name} {region}")
        said = self.stage.operator("promote", self.name, region)
        self.ink.quote(said)
        self.installation.services[SERVICE]["primary"] = region
        took = self.push(f"{self.primary} is lost", region, self.left)
        return f"{SERVICE} is managed in {region} now: the same push reached {' and '.join(self.left)} {took}"

    def region_returns(self):
        stage = self.stage
        stage.start_etcd(self.primary)
        stage.start_gateways(self.primary)
        began = time.monotonic()
        stage.start_ns(self.lost)
        answers = self.first_answer(self.lost, began)
        wait_until(lambda: self.at_newest(self.lost), PATIENCE, f"{self.lost} at revision {self.revision}", CALM)
        newest = time.monotonic() - began
        self.servers.away.discard(self.lost)
        # At one time: a node that is just back gives what it knew until the others' words have come.
        wait_until(lambda: all(stage.node_sends(node, self.expected()) for node in stage.ns_places), 30, "all nodes to send clients home", CALM)
        self.show_status(self.lost)
        return f"{self.lost} answered {answers:.2f} s after its start, from revision {self.revision} after {newest:.2f} s; " \
               f"clients of {self.primary} came home"

    def etcd_lost(self):
        stage = self.stage
        for process in stage.etcds.values():
            stage.kill(process)
        wait_until(lambda: not any(stage.cluster_seen(node)["reached"] for node in stage.ns_places), 30, "all nodes to notice", CALM)
        stage.each_node(lambda node: stage.node_sends(node, self.expected()), 1, "to answer as before")
        self.show_status(self.left[0])
        self.ink.command("isochrone push -m 'in vain'")
        said = stage.operator("push", "-m", "in vain", status=2)
        self.ink.quote(said)
        return f"{len(stage.ns_places)} nodes answer as before, and say so; a push is refused"

    def restarted(self):
        stage, node = self.stage, self.left[0]
        self.servers.away.add(node)
        stage.kill(stage.nodes[node])
        began = time.monotonic()
        stage.start_ns(node)
        took = self.first_answer(node, began)
        self.servers.away.discard(node)
        stage.each_node(lambda one: stage.node_sends(one, self.expected()), 1, "to answer as before", [node])
        wait_until(lambda: self.at_newest(node), PATIENCE, f"{node} at revision {self.revision}", CALM)
        return f"{node}, killed and started without etcd, answered after {took:.2f} s from revision {self.revision} on its disk, as before"

    def etcd_returns(self):
        stage = self.stage
        for place in stage.ns_places.values():
            stage.start_etcd(place)
        stage.wait_for_etcd()
        wait_until(lambda: all(len(stage.cluster_seen(node)["nodes"]) == len(stage.ns_places) for node in stage.ns_places), 40,
                   "all nodes back", CALM)
        took = self.push("all is well", self.world.regions[-1])
        self.ink.command("isochrone history")
        said = stage.operator("history")
        self.ink.quote(said)
        require("all is well" in said, said)
        self.show_status(self.lost)
        return f"a push reached every node {took}; history has {self.revision} revisions"

    def clients_saw(self):
        self.ink.say("Resolvers try a lost name server again and again before they avoid it: that is what some of their clients wait for.")
        for watch in (self.servers, self.clients):
            watch.end()
        faults = self.servers.faults + self.clients.faults
        require(not faults, f"{len(faults)} questions went wrong:\n" + "\n".join(faults[:10]))
        return f"{self.servers.count} questions to name servers that ran, {self.clients.count} to resolvers: each answered with an " \
               f"address; the slowest after {self.servers.slowest:.2f} and {self.clients.slowest:.2f} s"
