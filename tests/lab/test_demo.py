"""tools/demo --check is a test itself: every step of the demo, asserted, and nothing left behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest
from lab import ROOT, find_isochrone, find_wan

MISSING = [program for program in ("nsd", "unbound", "dig", "curl", "openssl") if shutil.which(program) is None]
pytestmark = [pytest.mark.skipif(find_isochrone() is None, reason="isochrone is not built"),
              pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")]


def runs():
    return set(pathlib.Path(tempfile.gettempdir()).glob("isochrone-demo-*"))


@pytest.mark.parametrize("options", [[], ["--loopback"]], ids=["wan", "loopback"])
def test_every_step_holds(options):
    before = runs()
    done = subprocess.run([sys.executable, ROOT / "tools" / "demo.d", "--check", *options], capture_output=True, text=True,
                          timeout=400, check=False,
                          env=os.environ | {"ISOCHRONE_BIN": str(find_isochrone()), "ISOCHRONE_WAN": str(find_wan())})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not ok" not in done.stdout
    assert done.stdout.count("\nok ") + done.stdout.startswith("ok ") >= 11
    assert runs() <= before
