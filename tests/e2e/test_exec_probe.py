"""A program of the operator's as a probe, as docs/configuration.md writes it."""

import http.server
import json
import textwrap
import threading

import pytest
from lab import ROOT
from pages import section
from ports import free_ports
from server import Server

ADDRESS = {"west": "127.0.5.1", "east": "127.0.5.2", "north": "127.0.5.3", "south": "127.0.5.4"}
SAID = {"127.0.5.1": "west 3", "127.0.5.2": "west 3", "127.0.5.3": "north 100"}  # nobody listens in the south


class Gateway(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = SAID[self.server.server_address[0]].encode()
        self.send_response(200 if self.path == "/queue" else 404)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture(name="port")
def gateways_port():
    port, = free_ports(1)
    servers = [http.server.ThreadingHTTPServer((address, port), Gateway) for address in SAID]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield port
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_page_s_program_tells_who_is_up_and_why_not(tmp_path, port):
    text = section(ROOT / "docs" / "configuration.md", "Probes")
    script = textwrap.dedent("    #!/bin/sh\n" + text.split("    #!/bin/sh\n")[1].split("\n\n")[0])
    probe = next(line for line in text.splitlines() if line.startswith("    queue: "))
    folder = tmp_path / "opt"
    folder.mkdir()
    (folder / "queue").write_text(script)
    (folder / "queue").chmod(0o755)
    files = Server(tmp_path, ["steered.example.zone"], probes=[], node=f"exec: [{folder}]\n")
    probe = probe.replace("/opt/probes", str(folder)).replace("8080", str(port))
    (tmp_path / "probes" / "probes.yaml").write_text(f"regions: {{west: {{}}, east: {{}}, north: {{}}, south: {{}}}}\nprobes:\n{probe}\n")
    gateways = ", ".join(f"{region}: {address}" for region, address in ADDRESS.items())
    (tmp_path / "zones" / "x.yaml").write_text(
        f"zone: x.example\nrecords: steered.example.zone\nservices:\n  app: {{probe: queue, gateways: {{{gateways}}}}}\n")
    done = files.isochrone("check", "--live", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    why = {target["region"]: target["reason"] for target in json.loads(done.stdout)["live"]}
    assert why.keys() == {"east", "north", "south"}
    assert why["east"] == f"{folder}/queue exited with 1: this is west, not east"
    assert why["north"] == f"{folder}/queue exited with 1: 100 requests wait"
    assert why["south"].startswith(f"{folder}/queue exited with 2: curl: (7) ")
