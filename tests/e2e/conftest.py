"""Every test here asks a running server; without one built they skip, saying so."""

import pathlib

import pytest
from lab import find_isochrone
from server import Server

HERE = pathlib.Path(__file__).resolve().parent


def pytest_collection_modifyitems(items):
    if find_isochrone() is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="isochrone is not built"))


@pytest.fixture(scope="module", name="server")
def shared_server(tmp_path_factory):
    """One server for a module's tests, which only ask."""
    with Server(tmp_path_factory.mktemp("server"), ["static.example.yaml", "static.example.zone", "steered.example.yaml",
                                                    "steered.example.zone"]) as server:
        yield server


@pytest.fixture
def own_server(tmp_path):
    """Makes servers for one test, which may change their files; they end with it."""
    made = []

    def make(zones=("static.example.yaml", "static.example.zone", "steered.example.yaml", "steered.example.zone"), **settings):
        made.append(Server(tmp_path / f"server{len(made)}", zones, **settings))
        made[-1].start()
        return made[-1]
    yield make
    for server in made:
        if server.process.running():
            server.stop()
