"""Places from an MMDB file: served while it is whole, kept when the file breaks, over a restart too."""

import ipaddress
import struct

from lab import wait_until
from server import Server, rrset

WEST, EAST = (47, -119), (35, 139)
CLIENT = "198.51.100.0/24"


def value(item):
    """Text, a float or a map, as https://maxmind.github.io/MaxMind-DB writes them; none of 29 octets or more."""
    if isinstance(item, dict):
        return bytes([7 << 5 | len(item)]) + b"".join(value(key) + value(inner) for key, inner in item.items())
    if isinstance(item, str):
        return bytes([2 << 5 | len(item)]) + item.encode()
    if isinstance(item, float):
        return bytes([3 << 5 | 8]) + struct.pack(">d", item)
    kind, octets = item  # a number of that type
    return (bytes([kind << 5 | len(octets)]) if kind < 8 else bytes([len(octets), kind - 7])) + octets


def mmdb(prefix, place):
    """A file that knows where one IPv4 network is."""
    network = ipaddress.ip_network(prefix)
    bits = f"{int(network.network_address):032b}"[:network.prefixlen]
    nothing, data = len(bits), len(bits) + 16
    tree = b""
    for depth, bit in enumerate(bits):
        onward = depth + 1 if depth + 1 < len(bits) else data
        tree += struct.pack(">II", *((nothing, onward) if bit == "1" else (onward, nothing)))
    told = value({"location": {"latitude": float(place[0]), "longitude": float(place[1])}})
    meta = {"node_count": (6, struct.pack(">I", len(bits))), "record_size": (5, b"\0\x20"), "ip_version": (5, b"\0\x04"),
            "database_type": "Test", "languages": (11, b""), "binary_format_major_version": (5, b"\0\x02"),
            "binary_format_minor_version": (5, b"\0\0"), "build_epoch": (9, b"\1"), "description": {}}
    return tree + bytes(16) + told + b"\xab\xcd\xefMaxMind.com" + value(meta)


def test_a_broken_file_changes_nothing_and_is_told(tmp_path):
    server = Server(tmp_path, zones=(), probes=())
    places = tmp_path / "probes" / "places.mmdb"
    places.write_bytes(mmdb(CLIENT, EAST))
    for name, text in {
        "zones/p.example.yaml": "zone: p.example\nrecords: p.example.zone\nservices:\n"
                                "  app: {routing: proximity, probe: none, gateways: {west: 192.0.2.1, east: 192.0.2.2}}\n",
        "zones/p.example.zone": "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\n",
        "probes/probes.yaml": f"regions: {{west: {{at: {list(WEST)}}}, east: {{at: {list(EAST)}}}}}\nplaces: [{{mmdb: places.mmdb}}]\n",
    }.items():
        (tmp_path / name).write_text(text)

    def answer():
        found = server.ask("app.p.example", "A", subnet=CLIENT)
        return rrset(found, found.answer, "app.p.example", "A")
    with server:
        assert answer() == ["192.0.2.2"]
        whole = places.read_bytes()
        for broken in (whole[:-40], b"", b"no database\n", whole.replace(b"\xab\xcd\xef", b"\xab\xcd\0")):
            places.write_bytes(broken)  # in place, as a bad download does
            done = server.isochrone("reload")
            assert done.returncode == 1 and "places.mmdb is no MMDB file" in done.stdout + done.stderr
            assert answer() == ["192.0.2.2"]
        assert server.isochrone("check").returncode == 1
        assert server.metrics()["isochrone_config_last_reload_successful"] == 0
    with server:
        assert answer() == ["192.0.2.2"], "what the last good load left is served"
        assert "serving the last good load" in server.isochrone("status").stdout
        places.write_bytes(mmdb(CLIENT, WEST))
        wait_until(lambda: answer() == ["192.0.2.1"], 10, "the mended file to be served")
