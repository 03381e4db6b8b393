"""A gateway that tells its load is relieved of those that lose least by it, and takes them back (docs/choice.md §5)."""

import http.server
import threading

import pytest
from lab import wait_until
from ports import free_ports
from server import Server, rrset

APP = "app.load.example"
WEST, EAST = "127.0.1.40", "127.0.1.41"
CHEAP, DEAR = "100.1.1.0/24", "100.2.1.0/24"  # by going to east they lose 2 ms, and 50


class Gateway(http.server.ThreadingHTTPServer):
    """Tells `load` in a header and in the body, where it is not None."""

    daemon_threads = True
    request_queue_size = 64
    load = 0.5
    asked = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            load = self.server.load
            body = b"{}" if load is None else b'{"load": {"now": %f}}' % load
            self.send_response(200)
            if load is not None:
                self.send_header("X-Load", str(load))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


class World:
    def __init__(self, folder):
        self.port, = free_ports(1)
        self.gateways = {}
        self.server = Server(folder, zones=(), probes=())
        (folder / "zones/load.example.zone").write_text("$TTL 60\n@ SOA ns1 h 1 2h 30m 14d 5m\n@ NS ns1\nns1 A 127.0.0.1\n")
        (folder / "zones/load.example.yaml").write_text(
            "zone: load.example\nrecords: load.example.zone\ndefaults: {ttl: 0s, probe: by-header}\nservices:\n"
            f"  app: {{gateways: {{west: {WEST}, east: {EAST}}}}}\n"
            f"  body: {{probe: by-body, gateways: {{west: {WEST}, east: {EAST}}}}}\n")
        web = f"kind: http, port: {self.port}, path: /, interval: 200ms, timeout: 200ms, fall: 10"
        (folder / "probes/probes.yaml").write_text(
            f"regions: {{west: {{}}, east: {{}}}}\nprobes:\n  by-header: {{{web}, load: {{header: X-Load, limit: 1}}}}\n"
            f"  by-body: {{{web}, load: {{json: /load/now, limit: 0.8}}}}\nlatency: [{{table: latency.csv}}]\n")
        (folder / "probes/latency.csv").write_text("prefix,west,east\n0.0.0.0/0,10,300\n100.1.0.0/16,10,12\n100.2.0.0/16,10,60\n")

    def __enter__(self):
        for address in (WEST, EAST):
            gateway = self.gateways[address] = Gateway((address, self.port), Gateway.Handler)
            threading.Thread(target=gateway.serve_forever, daemon=True).start()
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        for gateway in self.gateways.values():
            gateway.shutdown()
            gateway.server_close()

    def given(self, client, name=APP):
        answer = self.server.ask(name, "A", subnet=client)
        return rrset(answer, answer.answer, name, "A")

    def metric(self, name, pool="app", region="west"):
        return self.server.metrics().get(f'isochrone_gateway_load_{name}{{pool="load.example/{pool}",region="{region}"}}')

    def wait_for_probes(self, address, count):
        gateway = self.gateways[address]
        until = gateway.asked + count
        wait_until(lambda: gateway.asked >= until, 15, "probes")


@pytest.fixture(name="world")
def loaded_world(tmp_path):
    with World(tmp_path) as world:
        yield world


def test_the_cheapest_to_move_are_shed_first_and_come_back(world):
    west = world.gateways[WEST]
    wait_until(lambda: world.metric("ratio") == 0.5, 15, "the load to be told")
    assert world.metric("ratio", "body") == 0.5 / 0.8
    assert world.metric("relief_seconds") == 0
    assert world.given(CHEAP) == world.given(DEAR) == [WEST]

    west.load = 1.5
    wait_until(lambda: world.given(CHEAP) == [EAST], 20, "who loses least to be sent elsewhere")
    assert world.given(DEAR) == [WEST]
    relief = world.metric("relief_seconds")
    assert 0.002 < relief < 0.055
    told = world.server.isochrone("explain", APP, "--client", CHEAP).stdout
    assert "sheds this network, loaded: sheds networks that lose less than" in told and "load 150 % of its limit" in told, told
    assert "load 150 % of its limit, sheds who loses less than" in world.server.isochrone("status").stdout
    wait_until(lambda: world.given(DEAR, "body.load.example") == [EAST], 20, "the next to follow, by the figure in the body too")

    west.load = 0.3
    wait_until(lambda: world.given(CHEAP) == world.given(DEAR) == [WEST], 30, "all to come back")
    wait_until(lambda: world.metric("relief_seconds") == 0, 30, "nothing to be shed")


def test_a_restart_keeps_what_a_gateway_was_relieved_of(world):
    west = world.gateways[WEST]
    west.load = 1.5
    wait_until(lambda: world.given(CHEAP) == [EAST], 20, "who loses least to be sent elsewhere")
    west.load = None  # nothing to learn it from anew
    wait_until(lambda: world.metric("ratio") is None, 15, "the figure to be missed")
    relief = world.metric("relief_seconds")
    world.server.stop()
    world.server.start()
    assert world.given(CHEAP) == [EAST]
    assert world.given(DEAR) == [WEST]
    assert world.metric("relief_seconds") == relief

    west.load = 0.3
    wait_until(lambda: world.given(CHEAP) == [WEST], 30, "all to come back")


def test_without_a_figure_nothing_changes(world):
    west = world.gateways[WEST]
    west.load = 1.5
    wait_until(lambda: world.given(CHEAP) == [EAST], 20, "who loses least to be sent elsewhere")
    west.load = None
    wait_until(lambda: world.metric("ratio") is None, 15, "the figure to be missed")
    wait_until(lambda: "no load figure in a probe's answer" in world.server.process.text(), 15, "the operator to be told")
    relief = world.metric("relief_seconds")
    world.wait_for_probes(WEST, 10)
    assert world.metric("relief_seconds") == relief
    assert world.given(CHEAP) == [EAST]
