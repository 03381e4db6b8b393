"""Lab tests need root and TUN devices; they skip, saying why, where there is none."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import lab as lab_module  # noqa: E402  (its folder is on the path only now)

COLLECTED_HERE = pathlib.Path(__file__).resolve().parent


def pytest_collection_modifyitems(items):
    reason = lab_module.why_not() or (None if lab_module.find_wan() else "isochrone-wan is not built")
    if reason:
        for item in items:
            if COLLECTED_HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))
