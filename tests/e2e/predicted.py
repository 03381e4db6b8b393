"""Servers whose clients are placed rather than measured."""

from server import Server, rrset

# A country in the west whose cables to the near south go by way of the far north.
REGIONS = {"south": (0, 0), "north": (50, 0), "east": (20, 60)}
MEASURED = [(14, 1), (16, 3), (18, 0), (20, 2), (17, 5), (15, -2)]
ZONE = "$TTL 1h\n@ IN SOA ns1 hostmaster 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n"


def installation(directory, regions, services, latency, places, vantages=""):
    """A server's files. regions: {name: (latitude, longitude)}, gateway N at 192.0.2.N; services: {name: [region]}."""
    address = {name: f"192.0.2.{number + 1}" for number, name in enumerate(regions)}
    server = Server(directory, zones=[], probes=[])
    (directory / "probes" / "probes.yaml").write_text(
        "regions:\n" + "".join(f"  {name}: {{at: [{at[0]}, {at[1]}]}}\n" for name, at in regions.items()) +
        f"{vantages}latency: [{{table: latency.csv}}]\nplaces: [{{table: places.csv}}]\n")
    (directory / "probes" / "latency.csv").write_text(latency)
    (directory / "probes" / "places.csv").write_text(places)
    (directory / "zones" / "p.zone").write_text(ZONE)
    (directory / "zones" / "p.yaml").write_text(
        "zone: predicted.example\nrecords: p.zone\ndefaults: {probe: none}\nservices:\n" +
        "".join(f"  {name}: {{gateways: {{{', '.join(f'{r}: [{address[r]}]' for r in chosen)}}}}}\n"
                for name, chosen in services.items()))
    return server, {a: name for name, a in address.items()}


def region_for(server, by_address, service, client):
    answer = server.ask(f"{service}.predicted.example", "A", subnet=client)
    return by_address[rrset(answer, answer.answer, f"{service}.predicted.example", "A")[0]]
