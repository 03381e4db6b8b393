"""isochrone replay: recorded samples in, choices, regret and switches out; no server runs."""

import csv
import json
import subprocess

import pytest
from lab import find_isochrone
from server import Server, option_of, rrset

HEADER = "time,client,region,rtt_ms\n"


@pytest.fixture(name="replay")
def replay_command(tmp_path):
    def run(text, *options):
        samples = tmp_path / "samples.csv"
        samples.write_text(text, errors="surrogateescape")
        return subprocess.run([find_isochrone(), "replay", "--samples", samples, *options], capture_output=True, text=True,
                              timeout=60, check=False, cwd=tmp_path)
    return run


def shift(step):
    """x: b becomes 50 ms better than a in the eleventh row; y: nothing happens, but a spike and a lost probe."""
    rows = []
    for n in range(30):
        rows += [(n * step, "x", "a", 30 if n < 10 else 110), (n * step, "x", "b", 60),
                 (n * step, "y", "a", 900 if n == 12 else "" if n == 20 else 30), (n * step, "y", "b", 60)]
    return HEADER + "".join(f"{t},{client},{region},{rtt}\n" for t, client, region, rtt in rows)


def test_choices_add_up_to_the_figures(replay, tmp_path):
    text = shift(5)
    done = replay(text, "--json", "--per-client", "--choices", "choices.csv")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    rtt = {(t, client, region): float(ms) for t, client, region, ms in list(csv.reader(text.splitlines()))[1:] if ms}
    held, switches, regret, charged = {}, 0, 0.0, 0
    for t, client, region in list(csv.reader((tmp_path / "choices.csv").open()))[1:]:
        if client in held:
            switches += held[client] != region
            if (t, client, held[client]) in rtt:
                charged += 1
                regret += rtt[t, client, held[client]] - min(rtt[t, client, r] for r in "ab" if (t, client, r) in rtt)
        held[client] = region
    assert held == {"x": "b", "y": "a"}
    assert told["switches"] == switches == 1
    assert told["charged"] == charged == 57
    assert told["regret_ms"] == pytest.approx(regret / charged)
    assert [client["switches"] for client in told["by_client"]] == [1, 0]


def test_a_shift_is_followed_within_the_dwell_and_two_samples(replay, tmp_path):
    replay(shift(5), "--choices", "choices.csv", "--dwell", "20s")
    first_b = next(int(t) for t, client, region in list(csv.reader((tmp_path / "choices.csv").open()))[1:] if region == "b")
    assert 50 + 20 <= first_b <= 50 + 20 + 2 * 5


def test_a_client_that_is_no_utf_8_is_told(replay):
    done = replay(HEADER + "0,x\udcff,a,10\n5,x\udcff,a,12\n", "--json", "--per-client")
    assert done.returncode == 0, done.stderr
    assert [client["client"] for client in json.loads(done.stdout)["by_client"]] == ["x\ufffd"]


def test_sweep_shows_the_frontier(replay):
    done = replay(shift(5), "--sweep", "--json")
    assert done.returncode == 0
    points = json.loads(done.stdout)["sweep"]
    assert points[0]["margin_ms"] == 0
    assert points[0]["ours"]["switches"] >= points[-1]["ours"]["switches"] == 0
    assert "regret" in replay(shift(5), "--sweep").stdout


def test_mistakes(replay):
    done = replay(HEADER + "0,x,a,fast\n")
    assert done.returncode == 2
    assert "samples.csv:2:7: 'fast' is no round-trip time" in done.stderr
    done = replay(shift(5), "--dwell", "soon")
    assert done.returncode == 2
    assert "'soon' is no duration" in done.stderr
    done = replay(shift(5), "--config", "nothing.yaml")
    assert done.returncode == 2
    assert "nothing.yaml" in done.stderr


# A query log against a configuration.

FILES = ["steered.example.yaml", "steered.example.zone"]
SHOP, ONLY4 = "shop.steered.example", "only4.steered.example"
WITHOUT_EAST = ("      east:  [203.0.113.10", "      # [203.0.113.10")


@pytest.fixture(name="logged", scope="module")
def server_with_a_query_log(tmp_path_factory):
    """Ended, with twelve lines in its queries.log: nine of steered answers."""
    server = Server(tmp_path_factory.mktemp("logged"), FILES, node="query-log: {file: queries.log, sample: 1}\n")
    server.config.write_text(server.config.read_text().replace("workers: 2", "workers: 1"))  # so that lines are in order
    server.scopes = []
    with server:
        for name, rrtype, subnet in [
                *[(SHOP, "A", "100.20.3.0/24")] * 3, (SHOP, "A", "100.30.7.0/24"), (SHOP, "A", "100.30.7.128/25"),
                ("portal.steered.example", "A", "100.30.7.0/24"),
                (SHOP, "A", "100.30.8.0/24"), (SHOP, "AAAA", "100.20.3.0/24"), (ONLY4, "A", "100.30.7.0/24"),
                (SHOP, "TXT", "100.20.3.0/24"), (ONLY4, "AAAA", "100.20.3.0/24"), ("nothing.steered.example", "A", None)]:
            scope = option_of(server.ask(name, rrtype, subnet=subnet), 8)
            server.scopes.append(scope and scope.scopelen)
    return server


def lines_of(server):
    """Without those that the tests themselves make to see whether the server is there."""
    return [line for line in (server.directory / "queries.log").read_text().splitlines() if "ready.invalid" not in line]


def replay_log(server, *logs, status=0):
    done = server.isochrone("replay", "--json", *(word for log in logs for word in ("--log", log)))
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def figures(told):
    return {key: told[key] for key in ("steered", "same", "moved", "gone", "bad", "networks", "moved_networks")}


def moves(told):
    return {(move["from"], move["to"]): move["queries"] for move in told["moves"]}


@pytest.fixture(name="log")
def copy_of_the_log(logged, tmp_path):
    path = tmp_path / "copy.log"
    path.write_text("\n".join(lines_of(logged)) + "\n")
    return path


def test_the_log_says_what_was_decided(logged):
    lines = [json.loads(line) for line in lines_of(logged)]
    assert [line["region"] for line in lines[:9]] == ["west"] * 3 + ["east"] * 3 + ["north", "west", "east"]
    assert [line["scope"] for line in lines[:9]] == logged.scopes[:9] and logged.scopes[3] == 24
    assert [line["type"] for line in lines if "region" not in line and "scope" not in line] == ["TXT", "AAAA", "A"]


def test_the_same_configuration_gives_the_same(logged, log):
    told = replay_log(logged, log)
    assert figures(told) == {"steered": 9, "same": 9, "moved": 0, "gone": 0, "bad": 0, "networks": 4, "moved_networks": 0}
    assert told["moves"] == [] and told["lines"] == 12 and told["by_resolver"] == 0


def test_a_changed_configuration_tells_who_moves(logged, log, tmp_path):
    new = Server(tmp_path / "new", FILES, replace=[WITHOUT_EAST])
    told = replay_log(new, log)
    assert figures(told) == {"steered": 9, "same": 6, "moved": 3, "gone": 0, "bad": 0, "networks": 4, "moved_networks": 2}
    assert told["moves"] == [{"from": "east", "to": "north", "queries": 3, "percent": pytest.approx(100 / 3)}]
    with new as server:
        answer = server.ask(SHOP, "A", subnet="100.30.7.0/24")
        assert rrset(answer, answer.answer, SHOP, "A") == ["198.51.100.10"]
    plain = new.isochrone("replay", "--log", log).stdout
    assert "12 lines, 9 of steered answers" in plain and "moved    33.33 % (3), of 2 of 4 networks" in plain
    table = new.directory / "probes" / "latency.csv"
    table.write_text(table.read_text().replace("100.20.0.0/16,10,80", "100.20.0.0/16,80,10"))
    assert moves(replay_log(new, log)) == {("east", "north"): 3, ("west", "north"): 4}
    services = new.directory / "zones" / "steered.example.yaml"
    services.write_text(services.read_text().replace("  only4:\n", "  another:\n"))
    assert figures(replay_log(new, log))["gone"] == 1


def test_a_region_drained(log, tmp_path):
    with Server(tmp_path / "drained", FILES) as server:
        assert server.isochrone("drain", "east", "--reason", "tests").returncode == 0
    told = replay_log(server, log)
    assert moves(told) == {("east", "north"): 3, ("east", "west"): 1}
    assert "drains of the state folder are in force" in told["notes"]


def test_several_logs_a_cut_line_and_who_has_no_subnet(logged, log, tmp_path):
    lines = lines_of(logged)
    cut = tmp_path / "cut.log"
    cut.write_text("\n".join([lines[0].replace('"subnet":"100.20.3.0/24",', "").replace("127.0.0.1", "100.30.7.9"), lines[1][:-20]]))
    told = replay_log(logged, log, cut)
    assert figures(told) == {"steered": 10, "same": 9, "moved": 1, "gone": 0, "bad": 1, "networks": 5, "moved_networks": 1}
    assert (told["by_resolver"], moves(told)) == (1, {("west", "east"): 1})
    assert told["bad_lines"] == [f"{cut}:2:1: no line of a query log: expected a JSON object, whole"]


def test_what_is_drawn_anew_is_not_compared(log, tmp_path):
    drawing = Server(tmp_path / "drawing", FILES, replace=[("    primary: west\n", "    routing: weighted\n    per: answer\n")])
    told = replay_log(drawing, log)
    assert (told["drawn"], told["same"], told["moved"]) == (8, 1, 0)


def test_a_log_of_another_zone(logged, log):
    log.write_text(log.read_text().replace("steered.example", "elsewhere.example"))
    told = replay_log(logged, log)
    assert figures(told) == {"steered": 9, "same": 0, "moved": 0, "gone": 9, "bad": 0, "networks": 0, "moved_networks": 0}


def test_what_is_no_log(logged, log, tmp_path):
    assert "nothing.log: " in replay_log(logged, tmp_path / "nothing.log", status=2)
    assert f"{tmp_path}: " in replay_log(logged, tmp_path, status=2)
    log.write_text(log.read_text() + "x" * 4_000_000 + "\n")
    assert f"{log}:13: a line of more than 65536 octets" in replay_log(logged, log, status=2)
    samples = tmp_path / "samples.csv"
    samples.write_text(shift(5))
    done = logged.isochrone("replay", "--log", samples)
    assert done.returncode == 1 and "no line could be read" in done.stderr and "samples.csv:1:1: " in done.stdout
    for wrong in (["--log", log, "--samples", samples], ["--log", log, "--sweep"], []):
        assert logged.isochrone("replay", *wrong).returncode == 2
