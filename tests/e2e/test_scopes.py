"""Scopes wider than a block: neighbours that are given the same (DESIGN §4), merged while the server answers."""

import ipaddress

import pytest
from lab import wait_until
from server import Server, option_of, rrset

ECS = 8
NAME = "app.scopes.example"
ADDRESS = {"west": "192.0.2.1", "east": "192.0.2.2", "far": "192.0.2.3"}


@pytest.fixture(name="server", scope="module")
def striped(tmp_path_factory):
    """100.64.0.0/16 in 256 rows: west is nearest to the first 64 of them, east to the next 64, and so on."""
    folder = tmp_path_factory.mktemp("scopes")
    server = Server(folder, zones=(), probes=())
    (folder / "zones/scopes.example.yaml").write_text(
        "zone: scopes.example\nrecords: scopes.example.zone\ndefaults: {probe: none}\nservices:\n"
        f"  app: {{gateways: {{west: {ADDRESS['west']}, east: {ADDRESS['east']}, far: {ADDRESS['far']}}}}}\n")
    (folder / "zones/scopes.example.zone").write_text("$TTL 60\n@ SOA ns1 h 1 2h 30m 14d 5m\n@ NS ns1\nns1 A 127.0.0.1\n")
    (folder / "probes/probes.yaml").write_text("regions: {west: {}, east: {}, far: {}}\nlatency: [{table: t.csv}]\n")
    rows = [f"100.70.{i}.0/24,{'10,20' if i // 64 % 2 == 0 else '20,10'},90\n" for i in range(256)]
    (folder / "probes/t.csv").write_text("prefix,west,east,far\n" + "".join(rows))
    with server:
        yield server


def scopes(server):
    """Of all rows: scope → the answers given in it."""
    given = {}
    for i in range(256):
        answer = server.ask(NAME, "A", subnet=f"100.70.{i}.0/24")
        scope = ipaddress.ip_network((f"100.70.{i}.0", option_of(answer, ECS).scopelen), strict=False)
        given.setdefault(scope, set()).update(rrset(answer, answer.answer, NAME, "A"))
    return {str(scope): sorted(addresses) for scope, addresses in given.items()}


STRIPES = {f"100.70.{64 * i}.0/18": [ADDRESS["west" if i % 2 == 0 else "east"]] for i in range(4)}


def test_the_first_answer_has_the_widest_scope_already(server):
    assert scopes(server) == STRIPES


def test_they_follow_a_drain_and_its_end(server):
    done = server.isochrone("drain", "east", "--reason", "scopes")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: scopes(server) == {"0.0.0.0/0": [ADDRESS["west"]]}, 10, "west for everybody")
    assert server.isochrone("undrain", "east", "--reason", "scopes").returncode == 0
    wait_until(lambda: scopes(server) == STRIPES, 10, "the stripes to be back")


def test_they_follow_a_reload(server):
    table = server.directory / "probes/t.csv"
    before = table.read_text()
    table.write_text(before.replace("100.70.7.0/24,10,20,90", "100.70.7.0/24,20,10,90"))
    assert server.isochrone("reload").returncode == 0
    wait_until(lambda: scopes(server).get("100.70.7.0/24") == [ADDRESS["east"]], 10, "the row to be on its own")
    wait_until(lambda: "100.70.16.0/20" in scopes(server), 10, "its neighbours to be merged around it")
    assert not [1 for scope in scopes(server) if ipaddress.ip_network(scope).supernet_of(ipaddress.ip_network("100.70.7.0/24"))
                and scope != "100.70.7.0/24"]
    table.write_text(before)
    assert server.isochrone("reload").returncode == 0
    wait_until(lambda: scopes(server) == STRIPES, 10, "the stripes to be back")


def test_explain_and_metrics_tell(server):
    done = server.isochrone("explain", NAME, "--client", "100.70.3.0/24")
    assert "neighbouring blocks that are given the same" in done.stdout
    metrics = server.metrics()
    assert metrics["isochrone_scope_tables"] == 1
    assert 0 < metrics["isochrone_scope_tables_bytes"] < 1 << 20
    assert metrics["isochrone_scope_pools_left_out"] == 0
