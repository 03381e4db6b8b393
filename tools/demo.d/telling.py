"""What every story has: steps told in order, the service they are about, and where its clients belong."""

from lab import LabError

SERVICE = "contoso"
SLACK = 3.0  # seconds: a poll of all cities, what reports and answers travel, a machine that does other things beside


def seconds(text):
    return float(text.removesuffix("ms")) / 1000 if text.endswith("ms") else float(text.removesuffix("s"))


def require(condition, why):
    if not condition:
        raise LabError(why)


class Telling:
    """`steps()` of a story: its (name, function) in order. A function shows, asserts, and returns a line that says what held."""

    def __init__(self, stage, ink):
        self.stage, self.ink = stage, ink
        self.installation, self.world = stage.installation, stage.world
        self.name = self.installation.full_name(SERVICE)
        self.pool = list(self.installation.pool_of(SERVICE))
        self.bound = 0.0   # seconds, as `isochrone check` prints it

    def tell(self):
        """True where every step held."""
        for number, (name, step) in enumerate(self.steps(), start=1):
            self.ink.title(f"{number}. {name[0].upper()}{name[1:]}")
            try:
                self.ink.held(number, name, step())
            except (LabError, AssertionError, OSError, ValueError, KeyError) as problem:
                self.ink.failed(number, name, f"{type(problem).__name__}: {problem}")
                return False
        return True

    def read_bound(self):
        pools = self.stage.isochrone("check")
        line = next(row for row in pools.splitlines() if f"{self.installation.name}/{SERVICE} " in row)
        self.bound = float(line.split()[-2])  # "… 6.35 s"

    def expected(self, without=()):
        """{city: the region it belongs in} while the regions in `without` are not to be used."""
        return {city: self.world.nearest(city, [r for r in self.pool if r not in without]) for city in self.world.cities}

    def busiest(self):
        """The region that most cities use."""
        homes = list(self.expected().values())
        return max(self.pool, key=homes.count)

    def show_distances(self):
        self.ink.table(["ms of a round trip", *self.world.regions],
                       [[city, *(f"{self.world.rtt[city, region]:g}" for region in self.world.regions)] for city in self.world.cities])

    def show_moves(self, before, after, took):
        """`took`: {city: seconds}."""
        self.ink.table(["client in", "was in", "is in", "after"],
                       [[city, before[city], after[city], f"{took[city]:.1f} s" if before[city] != after[city] else "–"]
                        for city in after])
