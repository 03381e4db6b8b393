"""Where the demo takes place: the example installation's regions, some cities, and the time between them."""

import csv
import ipaddress
import pathlib
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_name("rtt.csv")
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from lab import Place  # noqa: E402  (its folder is on the path only now)


@dataclass
class World:
    rtt: dict                                   # (place, place): ms, both ways
    regions: list
    cities: list
    gateways: dict = field(default_factory=dict)  # region: its addresses in all pools
    places: list = field(default_factory=list)

    def nearest(self, city, regions):
        return min(regions, key=lambda region: self.rtt[city, region])


def read_table():
    """The wide table: a line a place, a column a place. Returns ({place: its Azure region}, {pair: ms})."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    rtt = {}
    for row in rows:
        for other, ms in row.items():
            if other not in ("place", "azure") and ms:
                rtt[row["place"], other] = rtt[other, row["place"]] = float(ms)
    return {row["place"]: row["azure"] for row in rows}, rtt


def network_of(addresses, family):
    """The /28 or /48 that all of a region's addresses of a family are in."""
    mine = [a for a in map(ipaddress.ip_address, addresses) if a.version == family]
    networks = {ipaddress.ip_network((a, 28 if family == 4 else 48), strict=False) for a in mine}
    if len(networks) != 1:
        raise SystemExit(f"demo: the addresses {', '.join(addresses)} are not in one network")
    return networks.pop()


def build(gateways, cities=None):
    """`gateways`: region → addresses, as the example installation has them. A place that is no Azure region is a city; `cities`
    are those that take part, all where it is None."""
    azure, rtt = read_table()
    missing = [region for region in gateways if region not in azure]
    if missing:
        raise SystemExit(f"demo: {TABLE.name} has no line for {', '.join(missing)}")
    cities = [place for place, region in azure.items() if place != region and (cities is None or place in cities)]
    world = World(rtt, list(gateways), cities, gateways)
    for region, addresses in gateways.items():
        world.places.append(Place(region, network_of(addresses, 4), network_of(addresses, 6)))
    for number, city in enumerate(cities, start=1):
        world.places.append(Place(city, ipaddress.ip_network(f"198.18.{number}.0/24"),
                                  ipaddress.ip_network(f"2001:db8:c{number:03x}::/48")))
    kept = {place.name for place in world.places}
    world.rtt = {pair: ms for pair, ms in rtt.items() if kept.issuperset(pair)}
    return world
