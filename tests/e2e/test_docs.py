"""Every command in the pages for people is run: those of README, docs/ and packaging, as a reader would in a checkout.

An indented block whose first line starts with a program we know is a block of commands. A command that would change this
machine (install, systemctl) or ask the world (dig +trace) is listed below with the reason; everything else is run, in the
order of the page, in a folder with the example installation and a server on it, inside a network namespace without a way
out, so that the example's addresses are nobody's.
"""

import os
import re
import shlex
import shutil
import subprocess

import pytest
from lab import ROOT, find_isochrone, why_not
from pages import nowhere

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]
PROGRAMS = ("isochrone", "tools/", "dig", "meson", "ninja", "systemctl", "journalctl", "curl", "promtool")
NOT_RUN = {  # the first that fits; None: it is run
    "tools/demo": "run by the suite `demo`",
    "tools/test": "this is it",
    "tools/bench": "a benchmark of minutes, with peers beside it; a timing is not a test",
    "tools/plot": "draws from published series that are no part of the tree; tested in test_plot.py",
    "tools/install": "run by tools/test before everything",
    "meson": "run by tools/test; installing is tested in test_install.py",
    "ninja": "run by tools/test",
    "systemctl": "no systemd here; the unit is tested in test_install.py",
    "journalctl": "no systemd here",
    "isochrone probe now": "the example's gateways are nobody's, so it fails; tested in test_receipts.py",
    "isochrone probe receipts": None,
    "isochrone probe": "a machine of its own; tested in test_worker.py",
    "isochrone observe": "beside a gateway; tested in tests/lab/test_observe.py",
    "isochrone replay": "needs a record; tested in test_replay.py",
    "isochrone serve": "runs already",
    **dict.fromkeys(("isochrone check --config ns2", "dig +short @127.0.0.1 -p 530"), "of README's two nodes; typed in test_readme.py"),
    **dict.fromkeys(("isochrone push", "isochrone history", "isochrone rollback", "isochrone pull", "isochrone status --cluster"),
                    "needs a cluster; run as written in test_cluster_docs.py"),
    "isochrone check --live": "the example's gateways are nobody's, so it tells of all; tested in test_check_live.py",
    "dig +tcp contoso._why": "through a resolver; asked in test_why.py",
    "dig +trace": "asks the world; followed from a parent zone in tests/lab",
}


def commands(page):
    """(line number, command) of every command in a page's blocks."""
    lines = page.read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        if not re.match(r"( {4}|\t)", line):
            continue
        command = re.sub(r"\s+# .*", "", line.strip()).removeprefix("$ ").strip()
        if command.startswith(PROGRAMS) and not command.startswith(("isochrone.yaml", "isochrone_")):
            yield number, command


ALL = [(page, number, command) for page in PAGES for number, command in commands(page)]


def reason_not_to_run(command):
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), None)


def test_there_are_commands():
    pages = {page.name for page, _, _ in ALL}
    assert {"README.md", "operations.md"} <= pages


@pytest.fixture(name="example", scope="module")
def running_example(tmp_path_factory):
    """The example installation, served in a namespace where its addresses lead nowhere."""
    if why_not():
        pytest.skip(why_not())
    folder = tmp_path_factory.mktemp("example")
    for part in ("zones", "probes"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "isochrone.yaml", folder)
    (folder / "bin").mkdir()
    (folder / "bin" / "isochrone").symlink_to(find_isochrone())
    with nowhere("isodocs", "192.0.2.53") as inside:
        server = None
        try:
            config = folder / "isochrone.yaml"
            config.write_text(re.sub(r"listen:.*", 'listen: ["127.0.0.1:53", "192.0.2.53:53"]', config.read_text(), count=1))
            log = (folder / "log").open("wb")
            server = subprocess.Popen([*inside, folder / "bin" / "isochrone", "serve"], cwd=folder, stderr=log)
            run = lambda command: subprocess.run([*inside, *command], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
                                                 env=os.environ | {"PATH": f"{folder}/bin:{os.environ['PATH']}"})
            for _ in range(200):
                if run(["isochrone", "status"]).returncode == 0:
                    break
            yield run
        finally:
            if server:
                server.terminate()
                server.wait(20)


@pytest.mark.parametrize(("page", "number", "command"), ALL, ids=[f"{p.name}:{n}: {c}" for p, n, c in ALL])
def test_a_command_works_as_written(request, page, number, command):
    reason = reason_not_to_run(command)
    if reason:
        assert reason  # the list says where it is run instead
        return
    run = request.getfixturevalue("example")
    done = run(shlex.split(command))
    assert done.returncode == 0, f"{page.name}:{number}: {command}\n{done.stdout}{done.stderr}"
    assert done.stdout.strip(), f"{page.name}:{number}: {command}: nothing was printed"
