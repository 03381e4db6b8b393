"""The run's own installation: zones/ and probes/ as they are in the tree, with what this run adds to them.

What differs from the tree's files: the probes trust the run's certificate authority and are quicker, so that nobody waits;
the zone has the demo's name servers, where the demo has put them; and probes/demo.yaml says which cities' networks the vantages
stand for.
"""

import pathlib
import re
import secrets
import shutil

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONE_FILE = "azure-api.example.yaml"
PACE = {"interval": "5s", "timeout": "3s", "recheck": "500ms", "fall": 2, "rise": 2}
TTL = {"ttl": "5s", "ttl-min": "2s"}
STEERING = {"margin": "5ms", "dwell": "3s", "max-age": "24h"}


def load(path):
    return yaml.safe_load(path.read_text())


def save(path, data):
    """At once, as an editor does: a server that watches the folder never sees half a file."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=120))
    new.rename(path)


def addresses_of(gateway):
    return gateway["addresses"] if isinstance(gateway, dict) else gateway


class Installation:
    """`directory` holds isochrone.yaml, zones/, probes/ and what the servers beside ours need."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        shutil.copytree(ROOT / "zones", self.directory / "zones")
        shutil.copytree(ROOT / "probes", self.directory / "probes")
        self.config = self.directory / "isochrone.yaml"
        self.zone = load(self.directory / "zones" / ZONE_FILE)
        self.name = self.zone["zone"]
        self.services = self.zone.get("services", {})
        self.pools = self.zone.get("pools", {})

    def pool_of(self, service):
        """{region: addresses} of a service's enabled gateways."""
        entry = self.services[service]
        pool = self.pools[entry["pool"]] if "pool" in entry else entry
        return {region: addresses_of(gateway) for region, gateway in pool["gateways"].items()
                if not (isinstance(gateway, dict) and gateway.get("enabled") is False)}

    def gateways(self):
        """{region: every address of it, of all pools}, in the order of the regions' list."""
        found = {}
        for path in sorted((self.directory / "probes").glob("*.yaml")):
            for region in load(path).get("regions", {}):
                found.setdefault(region, [])
        for entry in [*self.services.values(), *self.pools.values()]:
            for region, gateway in entry.get("gateways", {}).items():
                found[region] += [a for a in addresses_of(gateway) if a not in found[region]]
        return {region: addresses for region, addresses in found.items() if addresses}

    def region_of(self, address):
        return next((region for region, mine in self.gateways().items() if address in mine), None)

    def full_name(self, service):
        return self.name if service == "@" else f"{service}.{self.name}"

    def keep(self, regions, services):
        """Of the example, `services` ({name: its primary region}) and their gateways in `regions`, and no more."""
        for path in sorted((self.directory / "probes").glob("*.yaml")):
            data = load(path)
            data["regions"] = {region: about for region, about in data["regions"].items() if region in regions}
            save(path, data)
        for name in [name for name in self.services if name not in services]:
            del self.services[name]
        self.pools.clear()
        self.zone.pop("pools", None)
        for name, primary in services.items():
            entry = self.services[name]
            entry["primary"] = primary
            entry["gateways"] = {region: gateway for region, gateway in entry["gateways"].items() if region in regions}
        self.save_zone()

    def save_zone(self):
        save(self.directory / "zones" / ZONE_FILE, self.zone)

    def quicken(self):
        """A pace at which a reader need not wait. The example's own is for production."""
        self.zone.setdefault("defaults", {}).update(TTL)
        self.save_zone()
        for path in sorted((self.directory / "probes").glob("*.yaml")):
            data = load(path)
            for probe in data.get("probes", {}).values():
                probe.update(PACE)
            if "steering" in data:
                data["steering"] = STEERING
            data.pop("vantages", None)
            save(path, data)

    def add_gateway(self, service, region, addresses):
        self.services[service]["gateways"][region] = addresses
        self.save_zone()

    def set_in_probes(self, settings):
        """The same settings in every HTTPS probe."""
        for path in sorted((self.directory / "probes").glob("*.yaml")):
            data = load(path)
            for probe in data.get("probes", {}).values():
                if probe.get("kind") == "https":
                    probe.update(settings)
            save(path, data)

    def place_name_servers(self, servers):
        """`servers`: {first label: addresses}. The master file's own are not part of the demo."""
        path = self.directory / "zones" / self.zone["records"]
        kept = [line for line in path.read_text().splitlines()
                if not re.match(r"(ns\d+\s+IN\s+A|\s+IN\s+NS\s+ns\d)", line)]
        kept += [f"@ IN NS {name}" for name in servers]
        kept += [f"{name} IN {'AAAA' if ':' in address else 'A'} {address}" for name, mine in servers.items() for address in mine]
        path.write_text("\n".join(kept) + "\n")

    def cover(self, vantages):
        """`vantages`: {name: networks it stands for}."""
        save(self.directory / "probes" / "demo.yaml",
             {"vantages": {name: {"covers": [str(n) for n in networks]} for name, networks in vantages.items()}})

    def import_table(self, rows):
        """`rows`: prefix, region, ms. For a demo without a WAN, where nothing can be measured."""
        (self.directory / "probes" / "demo.csv").write_text(
            "prefix,region,rtt_ms\n" + "".join(f"{prefix},{region},{ms:g}\n" for prefix, region, ms in rows))
        save(self.directory / "probes" / "demo.yaml", {"latency": [{"table": "demo.csv"}]})

    def write_token(self, name):
        file = self.directory / f"token-{name}"
        file.write_text(secrets.token_hex(16) + "\n")
        file.chmod(0o600)
        return file

    def write_node(self, listen, admin):
        """isochrone.yaml of the name server. `admin`: an address, or a map."""
        save(self.config, {"node": "ns1", "listen": listen, "admin": admin, "zones": "zones", "probes": "probes",
                           "state": "state", "nsid": "ns1"})

    def write_worker(self, name, nodes, token, authority):
        """isochrone.yaml of a machine that only measures, and reports to each of `nodes`."""
        path = self.directory / f"{name}.yaml"
        save(path, {"node": name, "state": f"state-{name}",
                    "report": [{"node": node, "token-file": str(token), "ca": str(authority)} for node in nodes]})
        return path
