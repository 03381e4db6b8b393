"""tools/demo --check is a test itself; here on loopback, as where there is no TUN. `tools/test demo` runs it in the WAN."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest
from lab import ROOT, find_isochrone

MISSING = [program for program in ("dig", "curl", "openssl") if shutil.which(program) is None]
pytestmark = [pytest.mark.skipif(find_isochrone() is None, reason="isochrone is not built"),
              pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")]


@pytest.fixture(name="folder")
def short_folder():
    """pytest's own has a path too long for a socket's."""
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        yield pathlib.Path(folder)


def demo(folder, *options):
    """A run in a folder of its own: others may run beside it."""
    return subprocess.run([sys.executable, ROOT / "tools" / "demo.d", "--check", "--loopback", *options], capture_output=True,
                          text=True, timeout=400, check=False, env=os.environ | {"ISOCHRONE_BIN": str(find_isochrone()), "TMPDIR": str(folder)})


def test_a_cluster_needs_a_wan(folder):
    done = demo(folder, "--cluster")
    assert done.returncode == 2 and "behind a simulated WAN only" in done.stdout
    assert not list(folder.glob("isochrone-demo-*"))


def test_every_step_holds_on_loopback(folder):
    done = demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not ok" not in done.stdout
    assert done.stdout.count("\nok ") + done.stdout.startswith("ok ") >= 11
    assert not list(folder.glob("isochrone-demo-*"))
