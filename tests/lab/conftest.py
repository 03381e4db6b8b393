"""Lab tests need root and TUN devices; they skip, saying why, where there is none."""

import pathlib

import lab as lab_module
import pytest

HERE = pathlib.Path(__file__).resolve().parent


def pytest_collection_modifyitems(items):
    reason = lab_module.why_not() or (None if lab_module.find_wan() else "isochrone-wan is not built")
    if reason:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))
