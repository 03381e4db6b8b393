"""isochrone replay: recorded samples in, choices, regret and switches out; no server runs."""

import csv
import json
import subprocess

import pytest
from lab import find_isochrone

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
    assert done.returncode == 1
    assert "samples.csv:2:7: 'fast' is no round-trip time" in done.stderr
    done = replay(shift(5), "--dwell", "soon")
    assert done.returncode == 2
    assert "'soon' is no duration" in done.stderr
    done = replay(shift(5), "--config", "nothing.yaml")
    assert done.returncode == 2
    assert "nothing.yaml" in done.stderr
