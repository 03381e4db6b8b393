"""The main job, told in steps. Each shows what it does, asserts it, and returns a line that says what held."""

import time

from installation import PACE, TTL
from telling import SERVICE, SLACK, Telling, require, seconds


class Story(Telling):
    def steps(self):
        steps = [
            ("the surroundings stand", self.surroundings),
            ("the zone is delegated to us", self.delegation),
            ("every client gets its nearest", self.nearest),
            ("and is told why", self.why),
            ("IPv6 is steered alike", self.ipv6),
            ("a regional name is never steered", self.regional_name),
            ("the answer leads to the gateway", self.gateway),
            ("a region dies", self.region_dies),
            ("it comes back", self.region_returns),
            ("one city loses its way to a region", self.pair_cut),
            ("a region is drained", self.drain),
            ("a region is added", self.region_added),
            ("all of it is measured", self.metrics),
        ]
        return [step for step in steps if self.stage.simulated or step[1] != self.pair_cut]

    # The steps.

    def surroundings(self):
        stage, world = self.stage, self.world
        if stage.simulated:
            self.ink.say(f"{len(world.places)} places, each a network namespace of its own; between them a WAN whose round-trip "
                         f"times are those between Azure's regions. {len(world.regions)} regions have gateways that answer HTTPS. "
                         f"Each of {len(world.cities)} cities has clients, a resolver of its own (unbound) and a probe worker.")
        else:
            self.ink.say("Gateways and name server on loopback; what clients are near to comes from an imported latency table.")
        stage.start_surroundings()
        stage.start_node()
        self.read_bound()
        self.show_distances()
        return f"{len(world.regions)} regions, {len(world.cities)} cities, the name server ns1 answers"

    def delegation(self):
        zone = self.installation.name
        if not self.stage.simulated:
            answer = self.stage.ask_server(zone, "SOA")
            self.ink.command(f"{self.stage.dig_command(self.world.cities[0], zone, 'SOA')}")
            self.ink.quote(answer.text.strip().splitlines()[-1])
            require(answer.status == "NOERROR" and "aa" in answer.text.split("flags:")[1].split(";")[0], answer.text)
            return f"{zone} answered with authority"
        stage, city = self.stage, self.world.cities[0]
        referral = stage.dig(city, ["+norecurse", "+authority", "+additional", f"@{stage.parent[0]}", self.name])
        self.ink.say(f"The parent, example., is served by NSD in {stage.parent_place}. All it knows of {zone}:")
        self.ink.command(stage.dig_command(city, f"+norecurse @{stage.parent[0]} {self.name}").replace(" A", ""))
        self.ink.quote("\n".join(line for line in referral.splitlines() if line and not line.startswith(";")))
        require(all(address in referral for address in stage.ns), f"no glue in the referral:\n{referral}")
        answer = stage.ask(city, zone, "SOA")
        require(answer.status == "NOERROR" and f"ns1.{zone}." in answer.text, answer.text)
        return f"NSD refers to ns1.{zone} with glue, and unbound in {city} follows it"

    def nearest(self):
        expected = self.expected()
        self.stage.wait_for(SERVICE, expected, 90)
        self.ink.say(f"{self.name} as clients in each city see it, through their own resolvers. Nobody told the server where "
                     "anything is: it knows what its probe workers measured." if self.stage.simulated else
                     f"{self.name} for clients of each city, by the imported table.")
        rows = []
        for city in self.world.cities:
            answer = self.stage.ask(city, self.name)
            region = self.stage.region_of(answer)
            rows.append([city, answer.addresses[0], region, f"{self.world.rtt[city, region]:g} ms"])
        self.ink.command(self.stage.dig_command(self.world.cities[0], self.name))
        self.ink.table(["client in", "gets", "in", "at"], rows)
        return f"{len(expected)} of {len(expected)} cities are sent to the region of lowest round-trip time"

    def why(self):
        answers = {}
        for city in self.world.cities[:2]:
            prefix = self.stage.client_prefix(city)
            text = answers[city] = self.stage.isochrone("explain", self.name, "--client", prefix)
            self.ink.command(f"isochrone explain {self.name} --client {prefix}    # {city}")
            self.ink.quote(text)
        for city, text in answers.items():
            require(self.expected()[city] in text, f"{city}'s region is not in the explanation:\n{text}")
        return "the answer path's own reasons, by the code that answers"

    def ipv6(self):
        families = self.installation.pool_of(SERVICE)
        with_v6 = [region for region in self.pool if any(":" in a for a in families[region])]
        if not with_v6:
            answer = self.stage.ask(self.world.cities[0], self.name, "AAAA")
            require(answer.status == "NOERROR" and not answer.addresses, answer.text)
            return "no gateway has an IPv6 address here: NODATA"
        expected = {city: self.world.nearest(city, with_v6) for city in self.world.cities}
        self.stage.wait_for(SERVICE, expected, 90, "AAAA")
        rows = [[city, self.stage.ask(city, self.name, "AAAA").addresses[0], region] for city, region in expected.items()]
        self.ink.table(["client in", "gets", "in"], rows)
        return f"AAAA: {len(expected)} of {len(expected)} cities are sent to their nearest"

    def regional_name(self):
        region = self.pool[0]
        name = f"{SERVICE}-{region}-01.regional.{self.installation.name}"
        seen = {self.stage.region_of(self.stage.ask(city, name)) for city in self.world.cities}
        self.ink.command(self.stage.dig_command(self.world.cities[-1], name))
        self.ink.quote(self.stage.ask(self.world.cities[-1], name).text.strip().splitlines()[-1])
        require(seen == {region}, f"{name} led to {seen}")
        return f"{name} is {region} for everyone"

    def gateway(self):
        city = self.world.cities[0]
        answer = self.stage.ask(city, self.name)
        greeting = self.stage.fetch(city, self.name, answer.addresses[0])
        self.ink.command(f"curl https://{self.name}/    # in {city}")
        self.ink.quote(greeting)
        require(greeting.startswith(self.stage.region_of(answer)), f"the gateway said '{greeting}'")
        return f"a client in {city} is served by {greeting.split()[0]}, its certificate verified"

    def _move(self, act, without, limit):
        """Acts, and waits for every city to be where it belongs while the regions in `without` are not to be used. Who moved,
        and the seconds that the last of them took."""
        before = self.stage.where(SERVICE)
        act()
        expected = self.expected(without)
        took = self.stage.wait_for(SERVICE, expected, limit)
        self.show_moves(before, expected, took)
        moved = [city for city in expected if before[city] != expected[city]]
        require(moved, "nobody had to move: this step shows nothing")
        return moved, max(took[city] for city in moved)

    def region_dies(self):
        region = self.busiest()
        self.ink.say(f"The gateways of {region} are stopped: connections are refused. A probe every {PACE['interval']}, after a "
                     f"failure again after {PACE['recheck']}, {PACE['fall']} failures make it down, answers live {TTL['ttl']}: "
                     f"so clients are elsewhere within {self.bound:.1f} s.")
        moved, worst = self._move(lambda: self.stage.stop_gateways(region), [region], self.bound + SLACK)
        return f"{region} died: {len(moved)} cities moved to their next nearest within {worst:.1f} s (bound {self.bound:.1f} s)"

    def region_returns(self):
        region = self.busiest()
        moved, worst = self._move(lambda: self.stage.start_gateways(region), [], 60)
        return f"{region} is back: {len(moved)} cities returned within {worst:.1f} s, nobody else moved"

    def pair_cut(self):
        city = self.world.cities[0]
        region = self.expected()[city]
        self.ink.say(f"Packets between {city} and {region} are dropped, and only those: what one place cannot reach must not "
                     "move anybody else.")
        self.stage.lab.cut(city, region)
        before = self.stage.where(SERVICE)
        elsewhere = self.world.nearest(city, [r for r in self.pool if r != region])
        expected = before | {city: elsewhere}
        took = self.stage.wait_for(SERVICE, expected, self.bound + SLACK)
        after = self.stage.where(SERVICE)
        self.show_moves(before, after, took)
        self.stage.lab.heal(city, region)
        require(after == expected, f"others moved too: {after}")
        self.stage.wait_for(SERVICE, before, 60)
        return f"{city} moved to {elsewhere} in {took[city]:.1f} s and back; the other {len(before) - 1} cities stayed"

    def drain(self):
        region = self.busiest()
        self.ink.command(f"isochrone drain {region} --for 2h --reason 'kernel upgrade'")

        def act():
            self.ink.quote(self.stage.isochrone("drain", region, "--for", "2h", "--reason", "kernel upgrade"))
        moved, worst = self._move(act, [region], seconds(TTL["ttl"]) + 5)
        self.ink.command(f"isochrone undrain {region} --reason done")
        self.ink.quote(self.stage.isochrone("undrain", region, "--reason", "done"))
        self.stage.wait_for(SERVICE, self.expected(), seconds(TTL["ttl"]) + 5)
        return f"{region} drained: {len(moved)} cities moved within {worst:.1f} s, and returned when it was undrained"

    def region_added(self):
        before = self.stage.where(SERVICE)
        others = [region for region in self.world.regions if region not in self.pool]
        region = max(others, key=lambda new: sum(self.world.rtt[c, new] < self.world.rtt[c, before[c]] for c in before))
        self.ink.say(f"{self.name} gets a gateway in {region}: a line in its file, which the server watches.")

        def act():
            self.stage.add_gateway(SERVICE, region)
            self.pool.append(region)
            self.ink.quote(f"{region}: {self.installation.services[SERVICE]['gateways'][region]}")
        moved, worst = self._move(act, [], 60)
        name = f"{SERVICE}-{region}-01.regional.{self.installation.name}"
        require(self.stage.region_of(self.stage.ask(self.world.cities[0], name)) == region, f"{name} is not there")
        return f"{region} added: {len(moved)} cities are nearer to it and moved within {worst:.1f} s, and it has its regional name"

    def metrics(self):
        self.ink.command("isochrone status")
        self.ink.quote(self.stage.isochrone("status"))
        deadline = time.monotonic() + 10
        wanted = ("isochrone_queries_total", "isochrone_answers_total", "isochrone_gateway_up", "isochrone_rtt_seconds",
                  "isochrone_switches_total")
        while True:
            lines = self.stage.metrics().splitlines()
            missing = [name for name in wanted if not any(line.startswith(name) for line in lines)]
            if not missing:
                break
            require(time.monotonic() < deadline, f"no {', '.join(missing)} in the metrics")
            time.sleep(0.5)
        for name in wanted:
            self.ink.quote("\n".join([line for line in lines if line.startswith(name)][:2]))
        families = sum(line.startswith("# TYPE") for line in lines)
        return f"{families} families of metrics, {sum(not line.startswith('#') for line in lines)} series"
