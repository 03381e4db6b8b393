"""Clients that nobody measured: sent by the prediction, which is asked of the running server."""

import csv
import os
import pathlib
import random

import pytest
from predicted import MEASURED, REGIONS, installation, region_for

SHARED = pathlib.Path(os.environ.get("ISOCHRONE_SHARED", pathlib.Path(__file__).resolve().parents[2].parent / "shared")) / "data"


@pytest.fixture(name="small", scope="module")
def _small(tmp_path_factory):
    latency = "prefix,south,north,east\n" + "".join(f"203.0.{i}.0/24,{150 + i},{60 + i},{110 + i}\n" for i in range(len(MEASURED)))
    latency += "198.51.100.0/24,20,,\n"  # one cell of a client that stands where the others do
    latency += "198.51.101.0/24,,,20\n"  # who is said to be beside the north, and cannot be
    places = "prefix,latitude,longitude,country,asn\n" + "".join(
        f"203.0.{i}.0/24,{at[0]},{at[1]},,\n" for i, at in enumerate(MEASURED))
    places += "192.0.2.0/24,16.5,1.5,AA,\n198.51.100.0/24,-20,-5,AA,64500\n198.51.101.0/24,50,0,AA,\n2001:db8:5::/48,16.5,1.5,AA,\n"
    server, by_address = installation(tmp_path_factory.mktemp("small"), REGIONS, {"shop": list(REGIONS)}, latency, places)
    with server:
        yield server, by_address


def test_a_client_amid_measured_ones_goes_where_they_go(small):
    server, by_address = small
    assert region_for(server, by_address, "shop", "192.0.2.0/24") == "north"  # though south is nearer on the map
    assert region_for(server, by_address, "shop", "2001:db8:5::/48") == "north"


def test_a_cell_of_its_own_comes_first(small):
    server, by_address = small
    assert region_for(server, by_address, "shop", "198.51.100.0/24") == "south"


def test_who_is_quicker_than_light_is_not_where_its_place_says(small):
    server, by_address = small
    assert region_for(server, by_address, "shop", "198.51.101.0/24") == "east"
    assert "prediction" not in server.isochrone("explain", "shop.predicted.example", "--client", "198.51.101.0/24").stdout
    assert server.metrics()["isochrone_prediction_refused_observations"] == 1


def test_explain_and_status_and_metrics_tell(small):
    server, _ = small
    told = server.isochrone("explain", "shop.predicted.example", "--client", "192.0.2.0/24")
    assert told.returncode == 0 and "prediction (19 observations, ± " in told.stdout, told.stdout + told.stderr
    told = server.isochrone("explain", "shop.predicted.example", "--client", "198.51.100.0/24")
    assert "table" in told.stdout and "prediction (" in told.stdout, told.stdout
    assert "prediction for 9 places from 19 observations" in server.isochrone("status").stdout
    metrics = server.metrics()
    assert metrics["isochrone_prediction_fallback"] == 0
    assert metrics["isochrone_prediction_observations"] == 19


def test_too_little_measured_is_said_and_distance_decides(tmp_path):
    server, by_address = installation(tmp_path, REGIONS, {"shop": list(REGIONS)}, "prefix,region,rtt_ms\n203.0.1.0/24,north,1\n",
                                      "prefix,latitude,longitude\n203.0.1.0/24,16,1\n192.0.2.0/24,16.5,1.5\n")
    with server:
        assert region_for(server, by_address, "shop", "192.0.2.0/24") == "south"
        assert "prediction (by distance alone)" in server.isochrone("explain", "shop.predicted.example", "--client", "192.0.2.0/24").stdout
        assert "by distance alone: too little is measured" in server.isochrone("status").stdout
        assert server.metrics()["isochrone_prediction_fallback"] == 1


MISTAKES = [
    ("a header that is none", "prefix,lat,long\n", "places.csv:1:8: there is no column 'lat' here"),
    ("host bits", "prefix,latitude,longitude\n192.0.2.1/24,1,2\n", "places.csv:2:1: '192.0.2.1/24' has bits set beyond"),
    ("north of the pole", "prefix,latitude,longitude\n192.0.2.0/24,91,2\n", "places.csv:2:14: '91' is no latitude"),
    ("a country by another name", "prefix,latitude,longitude,country\n192.0.2.0/24,1,2,UK\n", "places.csv:2:18: there is no country 'UK'; did you mean 'GB'?"),
    ("not a number", "prefix,latitude,longitude\n192.0.2.0/24,1,nan\n", "places.csv:2:16: 'nan' is no longitude"),
    ("half a position", "prefix,latitude,longitude\n192.0.2.0/24,1,\n", "places.csv:2:1: latitude and longitude go together"),
    ("a country in small letters", "prefix,latitude,longitude,country\n192.0.2.0/24,1,2,jp\n", "places.csv:2:18: 'jp' is no country"),
    ("an AS of zero", "prefix,latitude,longitude,country,asn\n192.0.2.0/24,1,2,JP,0\n", "places.csv:2:21: '0' is no AS number"),
    ("written twice", "prefix,latitude,longitude\n192.0.2.0/24,1,2\n192.0.2.0/24,1,2\n", "places.csv:3:1: 192.0.2.0/24 is written twice"),
    ("too many fields", "prefix,latitude,longitude\n192.0.2.0/24,1,2,3\n", "places.csv:2:18: more fields"),
]


@pytest.mark.parametrize("places, told", [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_mistakes_are_told_by_line_and_column(tmp_path, places, told):
    server, _ = installation(tmp_path, REGIONS, {"shop": list(REGIONS)}, "prefix,region,rtt_ms\n", places)
    checked = server.isochrone("check")
    assert checked.returncode != 0 and told in checked.stdout + checked.stderr, checked.stdout + checked.stderr


def test_covers_by_as_and_country_need_to_be_well_written(tmp_path):
    server, _ = installation(tmp_path, REGIONS, {"shop": list(REGIONS)}, "prefix,region,rtt_ms\n", "prefix,latitude,longitude\n",
                             "vantages:\n  a: {covers: [AS64500, country:JP]}\n  b: {covers: [AS64500, country:japan]}\n")
    text = server.isochrone("check")
    assert "AS64500 is already covered by 'a'" in text.stdout + text.stderr
    assert "there is no country 'japan'" in text.stdout + text.stderr


def test_the_clouds_matrix(tmp_path):
    """Eight vantages' rows, everybody else by position: the goal of the issue, asked through DNS."""
    if not (SHARED / "azure-regions.csv").exists():
        pytest.skip("the matrix is not here; ISOCHRONE_SHARED names its folder")
    with open(SHARED / "azure-regions.csv") as file:
        regions = {row["region"]: (row["latitude"], row["longitude"]) for row in csv.DictReader(file)}
    rtt = {name: {name: 0.5} for name in regions}
    with open(SHARED / "azure-inter-region-rtt.csv") as file:
        for row in csv.DictReader(file):
            rtt[row["source"]][row["destination"]] = float(row["rtt_ms"])
    names = list(regions)
    draw = random.Random(8)
    vantages = draw.sample(names, 8)
    prefix = {name: f"198.18.{number}.0/24" for number, name in enumerate(names)}
    services = {f"s{number}": draw.sample(names, 6) for number in range(30)}
    latency = f"prefix,{','.join(names)}\n" + "".join(
        f"{prefix[v]},{','.join(str(rtt[v][r]) if r != v else '' for r in names)}\n" for v in vantages)
    places = "prefix,latitude,longitude\n" + "".join(f"{prefix[n]},{at[0]},{at[1]}\n" for n, at in regions.items())
    server, by_address = installation(tmp_path, regions, services, latency, places)
    excess = []
    with server:
        for client in names:
            if client in vantages:
                continue
            for service, gateways in services.items():
                chosen = region_for(server, by_address, service, prefix[client])
                excess.append(rtt[client][chosen] - min(rtt[client][g] for g in gateways))
    optimal, mean = excess.count(0) / len(excess), sum(excess) / len(excess)
    print(f"optimal {optimal:.1%}, mean excess {mean:.2f} ms, {len(excess)} answers")
    assert optimal >= 0.90 and mean <= 1.2, (optimal, mean)


def test_who_else_asks_where_clients_are_moves_nobody(tmp_path):
    """A narrow network of a country and an AS alone stands where the wide one around it does, whatever is asked of it."""
    client, wide = "192.0.2.0/24", "192.0.0.0/16"
    server, by_address = installation(
        tmp_path, REGIONS, {"shop": list(REGIONS), "near": list(REGIONS)}, "prefix,south,north,east\n0.0.0.0/0,20,10,30\n",
        f"prefix,latitude,longitude,country,asn\n{wide},20,60,JP,\n{client},,,DE,64501\n")
    zone, probes = (tmp_path / folder for folder in ("zones/p.yaml", "probes/probes.yaml"))
    zone.write_text(zone.read_text().replace("near: {", "near: {routing: proximity, "))
    as_written = {file: file.read_text() for file in (zone, probes)}
    by_country = "  land: {routing: geographic, gateways: {south: {addresses: 192.0.2.1, serves: ['country:DE', '*']}}}\n"

    def given():
        place = [line for line in server.isochrone("explain", "near.predicted.example", "--client", client).stdout.splitlines() if "place" in line]
        return [region_for(server, by_address, service, client) for service in ("shop", "near")], place

    with server:
        alone = given()
        assert alone[0] == ["east", "east"], "the wide network's position: beside the east, and predicted to be quick there"
        for file, more in ((zone, by_country), (probes, "vantages: {tokyo: {covers: [AS64501]}}\n"),
                           (probes, "vantages: {tokyo: {covers: ['country:DE']}}\n")):
            file.write_text(as_written[file] + more)
            assert server.isochrone("reload").returncode == 0
            assert given() == alone, more
            file.write_text(as_written[file])
