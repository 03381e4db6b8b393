"""What a change would do: `isochrone simulate` from files alone, and that the server agrees afterwards."""

import json

import pytest
from server import Server, rrset

SHOP = "shop.steered.example"
FILES = ["steered.example.yaml", "steered.example.zone"]


@pytest.fixture(name="files")
def files_without_a_server(tmp_path):
    return Server(tmp_path, FILES)


def simulate(server, *arguments, status=0):
    done = server.isochrone("simulate", "--json", "--pool", SHOP, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def sample(server, text):
    path = server.directory / "sample.csv"
    path.write_text(text)
    return ["--sample", path]


QUERIES = "prefix,count\n100.20.3.0/24,600\n100.30.7.0/24,300\n100.30.8.0/24,100\n"


def test_a_region_lost(files):
    told = simulate(files, "--lose", "east", *sample(files, QUERIES))
    assert (told["clients"], told["moved"], told["lost"], told["networks"]) == (1000, 300, 0, 3)
    assert told["moves"] == [{"from": "east", "to": "north", "clients": 300, "percent": 30, "mean_ms": 48}]
    assert told["moved_ms"] == {"mean": 48, "p95": 48, "worst": 48, "best": 48}
    assert told["mean_ms_before"] == pytest.approx(0.6 * 10 + 0.3 * 12 + 0.1 * 20)
    load = {row["region"]: (row["before_percent"], row["after_percent"]) for row in told["load"]}
    assert load == {"west": (60, 60), "north": (10, 40), "east": (30, 0)}


def test_without_a_sample_blocks_count_alike(files):
    told = simulate(files, "--drain", "west")
    # Blocks with a row, IPv6's among them, each counting one.
    assert told["weighted_by"] == "blocks" and told["clients"] == told["networks"] > 4
    assert 0 < told["moved"] < told["clients"]


def test_another_table_another_tolerance(files):
    table = files.directory / "other.csv"
    table.write_text("prefix,west,north,east\n100.20.0.0/16,10,9,150\n100.30.0.0/16,90,20,70\n100.30.7.0/24,90,60,12\n")
    queries = sample(files, QUERIES)
    told = simulate(files, "--table", table, *queries)
    assert (told["moved"], told["moves"][0]["from"], told["moves"][0]["to"], told["moves"][0]["mean_ms"]) == (600, "west", "north", -1)
    assert simulate(files, "--tolerance", "0ms", *queries)["moved"] == 0
    assert simulate(files, "--margin", "50ms", *queries)["moved"] == 0, "imported rows know no margin"


def test_a_new_configuration_agrees_with_the_server_that_runs_it(files, tmp_path):
    new = Server(tmp_path / "new", FILES, replace=[("      east:  [203.0.113.10", "      # [203.0.113.10")])
    told = simulate(files, "--new-config", new.config, *sample(files, "100.30.7.0/24,1\n"))
    with new as server:
        answer = server.ask(SHOP, "A", subnet="100.30.7.0/24")
        assert rrset(answer, answer.answer, SHOP, "A") == ["198.51.100.10"]
    assert [(move["from"], move["to"]) for move in told["moves"]] == [("east", "north")]


def test_for_use_before_a_reload(files):
    queries = sample(files, QUERIES)
    simulate(files, "--lose", "east", "--fail-above", "30%", *queries)
    simulate(files, "--lose", "east", "--fail-above", "29.9%", *queries, status=1)
    plain = files.isochrone("simulate", "--lose", "east", "--fail-above", "5%", *queries)
    assert plain.returncode == 1 and "would move, more than 5 %" in plain.stderr
    assert "east" in plain.stdout and "+48.0 ms" in plain.stdout
    outage = files.isochrone("simulate", *(word for region in ("east", "west", "north") for word in ("--lose", region)), "--fail-above", "5%", *queries)
    assert outage.returncode == 1 and "be given gateways that are down" in outage.stderr
    assert "moved    0.00 %" in outage.stdout and "100.00 % are given gateways of which none is healthy" in outage.stdout


def test_a_region_more(files):
    (files.directory / "probes" / "places.yaml").write_text("places: [{table: places.csv}]\n")
    (files.directory / "probes" / "places.csv").write_text(
        "prefix,latitude,longitude\n100.20.0.0/16,47,-120\n100.30.0.0/16,52,4\n198.51.100.0/24,-33,151\n")
    path = files.directory / "probes" / "probes.yaml"
    path.write_text(path.read_text().replace("west: {}", "west: {at: [47, -119]}").replace("north: {}", "north: {at: [52, 5]}")
                    .replace("east: {}", "east: {at: [35, 139]}"))
    told = simulate(files, "--add", "south=-33.9,151.2", *sample(files, "198.51.100.0/24,10\n100.20.3.0/24,90\n"))
    assert told["moved"] == 10 and told["moves"][0]["to"] == "south"
    assert told["saved_ms"] > 0
    plain = files.isochrone("simulate", "--add", "south=-33.9,151.2", "--pool", SHOP, *sample(files, "198.51.100.0/24,10\n"))
    assert "A region at -33.9,151.2 would save " in plain.stdout, plain.stdout + plain.stderr


@pytest.mark.parametrize("arguments, what", [
    ([], "no change; expected --lose"), (["--lose", "wets"], "did you mean 'west'?"), (["--add", "south"], "expected REGION=LATITUDE,LONGITUDE"),
    (["--add", "south=1,2"], "expected 'places'"), (["--add", "west=1,2"], "there is a region 'west' already"), (["--lose", "west", "--pool", "x"], "--pool: "),
    (["--add", "Q_=1,2"], "'Q_' is no region's name"), (["--lose", "west", "--fail-above", "much"], "expected a share")])
def test_mistakes_are_told(files, arguments, what):
    done = files.isochrone("simulate", *arguments)
    assert done.returncode == 2 and what in done.stderr, done.stderr


def test_a_bad_sample_is_told_by_place(files):
    done = files.isochrone("simulate", "--lose", "west", *sample(files, "100.20.3.0/24,many\n"))
    assert done.returncode == 2 and "sample.csv:1:15: not prefix,count" in done.stderr, done.stderr


@pytest.mark.parametrize("option, name", [("--sample", "none.csv"), ("--table", "none.csv"), ("--new-config", "none.yaml")])
def test_what_cannot_be_read_is_told_once_and_is_not_above_a_limit(files, option, name):
    arguments = [option, str(files.directory / name), "--fail-above", "5%"] + (["--lose", "west"] if option == "--sample" else [])
    done = files.isochrone("simulate", *arguments)
    assert done.returncode == 2 and name in done.stderr and done.stderr.count("No such file") == 1, done.stderr


def test_a_broken_configuration_could_not_be_run(files):
    (files.directory / "broken.yaml").write_text("nod: ns1\n")
    done = files.isochrone("simulate", "--new-config", str(files.directory / "broken.yaml"), "--fail-above", "5%")
    assert done.returncode == 2 and done.stderr.count("did you mean 'node'?") == 1, done.stderr
