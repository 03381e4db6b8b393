"""docs/cluster.md: its commands, run as written and in the page's order, on a machine that keeps the files and runs a node."""

import os
import shlex
import shutil
import subprocess

import pytest
from cluster import Cluster
from lab import ROOT, find_isochrone
from test_docs import commands

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")


def test_the_pages_commands_work_in_their_order(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/isochrone").symlink_to(find_isochrone())
    with Cluster(tmp_path / "c", ["ns1", "ns2"]) as cluster:
        cluster.push("-m", "first")
        cluster.start()
        here = cluster.nodes[0].directory
        for folder in ("zones", "probes"):
            shutil.copytree(cluster.files / folder, here / folder, dirs_exist_ok=True)
        zone = here / "zones/steered.example.yaml"
        zone.write_text(zone.read_text().replace("[203.0.113.11]", "[203.0.113.11, 203.0.113.12]"))
        page = [command for _, command in commands(ROOT / "docs/cluster.md") if command.startswith("isochrone ")]
        assert len(page) >= 6
        for command in page:
            done = subprocess.run(shlex.split(command), cwd=here, capture_output=True, text=True, timeout=60, check=False,
                                  env=os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            assert done.stdout.strip(), command
