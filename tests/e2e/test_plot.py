"""tools/plot: from figures to a picture; no server runs."""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from lab import ROOT

SVG = "{http://www.w3.org/2000/svg}"
POINT = {"ours": {"switch_percent": 5.0, "regret_ms": 31.0}, "last_sample": {"switch_percent": 6.0, "regret_ms": 39.5}, "margin_ms": 5}


@pytest.fixture(name="plot")
def plot_command(tmp_path):
    def run(kind, *files):
        arguments = []
        for number, (title, text) in enumerate(files):
            (tmp_path / str(number)).write_text(text)
            arguments.append(f"{title}={number}" if title else str(number))
        return subprocess.run([ROOT / "tools" / "plot", kind, *arguments], capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path)
    return run


def drawn(done):
    assert (done.returncode, done.stderr) == (0, "")
    return ElementTree.fromstring(done.stdout)


def test_a_panel_a_file_and_a_point_a_pair(plot):
    picture = drawn(plot("pairs", ("by distance & luck", "1 500\n20 20\n\n9000 0.1\n"), ("the model", "30 31\n")))
    dots = [path.get("d") for path in picture.iter(f"{SVG}path") if path.get("class") == "dots"]
    assert [len(re.findall("M[0-9.]+ [0-9.]+h0", path)) for path in dots] == [3, 1]
    titles = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "title"]
    assert titles == ["by distance & luck", "the model"]
    figures = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "figure"]
    assert figures == ["3 paths", "half of them within 499.0 ms", "95 % within 8999.9 ms",
                       "1 paths", "half of them within 1.0 ms", "95 % within 1.0 ms"]
    # The corner (1, 500) and what is beyond the axes are on the frame; equal values on the diagonal.
    corner, middle, beyond = (tuple(map(float, point.split())) for point in re.findall("M([0-9.]+ [0-9.]+)h0", dots[0]))
    assert corner == (50, 34) and beyond == (350, 334)
    assert middle[0] - 50 == pytest.approx(334 - middle[1], abs=0.2)


def test_both_choosers_of_a_sweep(plot):
    other = json.loads(json.dumps(POINT)) | {"margin_ms": 50}
    other["ours"]["switch_percent"] = 2
    picture = drawn(plot("sweep", ("", json.dumps({"sweep": [POINT, other]}))))
    for kind in "ab":
        line, = (path.get("d") for path in picture.iter(f"{SVG}path") if path.get("class") == f"line {kind}")
        assert line.count("L") == 1
        marks = [mark for mark in picture.iter(f"{SVG}circle") if mark.get("class") == f"mark {kind}" and len(mark)]
        assert len(marks) == 2 and "margin 50 ms" in marks[1][0].text


@pytest.mark.parametrize(("kind", "text", "says"), [
    ("pairs", "", "0: there is no pair in it"),
    ("pairs", "1 2\n1 two\n", "0:2: expected two numbers"),
    ("pairs", "1 2 3\n", "0:1: expected two numbers"),
    ("pairs", "0 2\n", "0:1: expected milliseconds above 0"),
    ("pairs", "nan 2\n", "0:1: expected milliseconds above 0"),
    ("sweep", "margin  switches\n", "0: expected what `isochrone replay --sweep --json` prints"),
    ("sweep", "{}", "0: expected what `isochrone replay --sweep --json` prints: KeyError 'sweep'"),
    ("sweep", '{"sweep": [{"margin_ms": 5}]}', "0: expected what"),
    ("sweep", '{"sweep": []}', "0: there is no point in it"),
    ("bars", "1 2\n", "Draws the pictures"),
])
def test_bad_input_is_said(plot, kind, text, says):
    done = plot(kind, ("", text))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_file_that_is_not_there():
    done = subprocess.run([ROOT / "tools" / "plot", "pairs", "a=/nonexistent"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and "/nonexistent" in done.stderr
