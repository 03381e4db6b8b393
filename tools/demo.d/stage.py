"""What the story needs of a place to be told in; the simulated WAN and the loopback each make one."""

import os
import pathlib
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from certificates import Authority
from installation import Installation
from lab import LabError, wait_until
from world import ROOT, build

GATEWAY = ROOT / "tests" / "lab" / "gateway.py"
ISOCHRONE = pathlib.Path(os.environ.get("ISOCHRONE_BIN", ROOT / "build" / "release" / "src" / "cli" / "isochrone"))


@dataclass(frozen=True)
class Answer:
    status: str          # "NOERROR"
    addresses: tuple
    ttl: int
    scope: str           # of the client subnet, as dig prints it; "" where there is none
    text: str            # what dig said


def parse_dig(text):
    """dig's own words for the header, the OPT record and the answer section."""
    status, scope, addresses, ttl = "", "", [], 0
    for line in text.splitlines():
        if "status: " in line:
            status = line.split("status: ")[1].split(",")[0]
        elif line.startswith("; CLIENT-SUBNET:"):
            scope = line.split(": ")[1]
        elif line and not line.startswith(";"):
            _, ttl_text, _, rrtype, data = line.split(None, 4)
            if rrtype in ("A", "AAAA"):
                addresses.append(data)
                ttl = int(ttl_text)
    return Answer(status, tuple(addresses), ttl, scope, text)


class Stage:
    """Common to both: the run's folder, its installation, its certificate authority."""

    cities = None  # that take part, where not all do

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.installation = Installation(self.directory / "installation")
        self.furnish()
        self.world = build(self.installation.gateways(), self.cities)
        self.authority = Authority(self.directory / "ca")
        self.installation.quicken()
        self.installation.set_in_probes({"ca": str(self.authority.certificate)})
        self.server = None
        self.gateways = {}

    def furnish(self):
        """What of the example installation a stage changes before the world is built from it."""

    def isochrone(self, *arguments, timeout=20, config=None):
        """A command of the server's own program, against the running node. Its text; an error where it failed."""
        done = subprocess.run([ISOCHRONE, *map(str, arguments), "--config", config or self.installation.config],
                              capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise LabError(f"isochrone {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout

    def issue_gateway_certificate(self, region):
        """A gateway answers to every regional name and service of its own, as the original's does."""
        zone = self.installation.name
        names = [f"*.regional.{zone}", f"*.{zone}", zone, f"{region}-01.regional.{zone}"]
        return self.authority.issue(region, names)

    def add_gateway(self, service, region):
        """A new gateway in a region, running, and written into the service's file."""
        addresses = self.new_addresses(region)
        self.launch_gateways(region, addresses, f"gateway-{region}-new").wait_for_text("ready")
        self.installation.add_gateway(service, region, addresses)
        self.world.gateways[region] += addresses

    def start_gateways(self, region):
        self.gateways[region] = self.launch_gateways(region, self.world.gateways[region], f"gateway-{region}")

    def stop_gateways(self, region):
        self.gateways[region].end()

    def gateway_command(self, region, addresses, port):
        certificate, key = (self.authority.directory / f"{region}.{end}" for end in ("pem", "key"))
        if not certificate.exists():
            self.issue_gateway_certificate(region)
        return python(GATEWAY, region, *addresses, "--port", str(port), "--cert", certificate, "--key", key)

    def region_of(self, answer):
        """The region an answer's addresses are of; "" where it has none."""
        return (self.installation.region_of(answer.addresses[0]) or "") if answer.addresses else ""

    def where(self, service, rrtype="A", fresh=False):
        """{city: region} as clients see it now."""
        name = self.installation.full_name(service)
        return {city: self.region_of(self.ask(city, name, rrtype, fresh=fresh)) for city in self.world.cities}

    def wait_for(self, service, expected, timeout, rrtype="A"):
        """Seconds that each city took until its client was sent to the region expected of it."""
        started, took = time.monotonic(), {}
        name = self.installation.full_name(service)

        def all_there():
            for city, region in expected.items():
                if city not in took and self.region_of(self.ask(city, name, rrtype)) == region:
                    took[city] = time.monotonic() - started
            return len(took) == len(expected)
        try:
            wait_until(all_there, timeout, "every city to be sent where it should", every=0.1)
        except LabError:
            now = self.where(service, rrtype)
            wrong = ", ".join(f"{city} → {now[city] or 'nowhere'}, not {expected[city]}"
                              for city in expected if city not in took)
            raise LabError(f"not within {timeout:g} s: {wrong}") from None
        return took


def clean(directory):
    shutil.rmtree(directory, ignore_errors=True)


def python(*arguments):
    return [sys.executable, *arguments]
