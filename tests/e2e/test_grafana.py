"""Dashboards and alerts: as Grafana's own types want them, and every panel with data from a real Prometheus."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from certificates import Authority
from lab import ROOT, Processes, wait_until
from server import Server, free_ports, framed, have, read_tcp

import dns.message

GRAFANA = ROOT / "tools" / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
RULES = GRAFANA / "prometheus"


def panels(dashboard):
    return [panel for panel in json.loads(dashboard.read_text())["panels"] if panel["type"] != "row"]


def test_the_files_are_what_their_source_says():
    done = subprocess.run([sys.executable, GRAFANA / "build.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(DASHBOARDS) == 4


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_ids_are_unique_and_panels_do_not_overlap(dashboard):
    whole = json.loads(dashboard.read_text())
    ids = [panel["id"] for panel in whole["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in whole["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    for panel in panels(dashboard):
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        references = [target["refId"] for target in panel["targets"]]
        assert references and len(set(references)) == len(references)


def test_uids_are_unique():
    uids = [json.loads(path.read_text())["uid"] for path in DASHBOARDS]
    assert len(set(uids)) == len(uids)


@pytest.fixture(name="grafana_types", scope="module")
def installed_types(tmp_path_factory):
    """A folder with @grafana/schema and the TypeScript compiler, from the npm registry."""
    if not have("npm"):
        pytest.skip("npm is not there")
    folder = tmp_path_factory.mktemp("types")
    shutil.copy(ROOT / "tests" / "e2e" / "grafana" / "package.json", folder)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, capture_output=True,
                          text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def compile_against_types(folder, text):
    (folder / "dashboard.ts").write_text(
        'import type { Dashboard } from "@grafana/schema";\n'
        # Enumerations are compared by their values, which is what JSON holds.
        "type Plain<T> = T extends string ? `${T}` : T extends number ? T : T extends (infer E)[] ? Plain<E>[] :"
        " T extends object ? { [K in keyof T]: Plain<T[K]> } : T;\n"
        f"export const dashboard: Plain<Dashboard> = {text};\n")
    return subprocess.run(["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "node", "dashboard.ts"],
                          cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_grafanas_types_are_kept(grafana_types, dashboard):
    done = compile_against_types(grafana_types, dashboard.read_text())
    assert done.returncode == 0, done.stdout
    # The check can fail.
    done = compile_against_types(grafana_types, dashboard.read_text().replace('"schemaVersion": 39', '"schemaVersion": "39"'))
    assert done.returncode != 0


@pytest.mark.skipif(not have("promtool"), reason="promtool is not there")
def test_the_alerts_fire_when_they_should():
    for arguments in (["check", "rules", "alerts.yaml"], ["check", "config", "prometheus.yaml"], ["test", "rules", "alerts_test.yaml"]):
        done = subprocess.run(["promtool", *arguments], cwd=RULES, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class Scraped:
    """A server with something of everything, and a Prometheus that scrapes it every second."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = Processes(folder / "processes")
        self.https_port, self.prometheus_port = free_ports(2)
        self.server = Server(folder, zones=(), probes=())
        authority = Authority(folder / "ca")
        certificate, key = authority.issue("gateway", ["gw.seen.example"])
        self.gateway, self.doomed = (self.processes.launch(
            [sys.executable, ROOT / "tests/lab/gateway.py", "near", *addresses, "--port", self.https_port,
             "--cert", certificate, "--key", key], name)
            for name, addresses in (("gateway", ("127.0.1.20", "127.0.2.20")), ("doomed", ("127.0.1.22",))))
        for process in (self.gateway, self.doomed):
            process.wait_for_text("ready")
        write = lambda name, text: (folder / name).write_text(text)
        write("zones/seen.example.yaml",
              "zone: seen.example\nrecords: seen.example.zone\ndefaults: {probe: gateway}\n"
              "services:\n  www: {gateways: {near: [127.0.1.20], far: [127.0.2.20]}}\n"
              "  lost: {gateways: {near: [127.0.1.22], far: [127.0.2.20]}}\n"
              "  gone: {probe: closed, gateways: {near: [127.0.1.21], far: [127.0.2.21]}}\n")
        write("zones/seen.example.zone", "$TTL 60\n@ IN SOA ns1 h 1 2h 30m 14d 5m\n@ IN NS ns1\nns1 IN A 127.0.0.1\nbig IN TXT "
              + " ".join(['"' + "x" * 250 + '"'] * 8) + "\n")
        write("probes/probes.yaml",
              f"regions: {{near: {{}}, far: {{}}}}\nprobes:\n  gateway: {{kind: https, port: {self.https_port}, host: gw.seen.example, "
              f"interval: 500ms, timeout: 400ms, ca: {authority.certificate}}}\n"
              f"  closed: {{kind: tcp, port: {self.https_port + 1}, interval: 500ms, timeout: 400ms, recheck: 100ms}}\n"
              "vantages: {elsewhere: {covers: [198.18.0.0/15]}}\n")
        config = (RULES / "prometheus.yaml").read_text().replace("127.0.0.1:9353", f"127.0.0.1:{self.server.admin_port}")
        config = config.replace("5s", "1s").replace("[alerts.yaml]", f"[{RULES / 'alerts.yaml'}]")
        write("prometheus.yaml", config)

    def start(self):
        self.server.start()
        self.prometheus = self.processes.launch(
            ["prometheus", f"--config.file={self.folder}/prometheus.yaml", f"--storage.tsdb.path={self.folder}/tsdb",
             f"--web.listen-address=127.0.0.1:{self.prometheus_port}"], "prometheus")
        self.traffic()
        lost = 'isochrone_gateway_up{pool="seen.example/lost",region="near",family="ipv4",vantage=""}'
        wait_until(lambda: self.server.metrics().get(lost) == 1, 30, "the gateway that will be lost to be up")
        self.doomed.end()
        wait_until(lambda: self.ask('count_over_time(isochrone_queries_total[1m]) > 3'), 60, "Prometheus to have scraped a few times")

    def traffic(self):
        """Queries of every kind that a panel counts."""
        for subnet in ("198.18.0.0/24", "198.19.0.0/24", None):
            for name, rrtype in (("www", "A"), ("gone", "A"), ("www", "AAAA"), ("nothing", "A"), ("big", "TXT")):
                self.server.ask(f"{name}.seen.example", rrtype, subnet=subnet)
        with self.server.connect() as connection:
            connection.sendall(framed(dns.message.make_query("www.seen.example", "A")))
            read_tcp(connection, 1)

    def ask(self, expression):
        self.traffic()
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is starting
                return []
            pytest.fail(f"{expression}: {error.read().decode()}")
        except OSError:
            return []

    def stop(self):
        self.server.stop()
        self.processes.end_all()


@pytest.fixture(name="scraped", scope="module")
def scraped_server(tmp_path_factory):
    if not have("prometheus"):
        pytest.skip("prometheus is not there")
    scraped = Scraped(tmp_path_factory.mktemp("scraped"))
    scraped.start()
    yield scraped
    scraped.stop()


def concrete(expression):
    """Variables filled as Grafana fills them with All."""
    return re.sub(r"\$(pool|region|vantage|instance)\b", ".*", expression)


EXPRESSIONS = [(path.stem, panel["title"], target["expr"]) for path in DASHBOARDS for panel in panels(path) for target in panel["targets"]]


@pytest.mark.parametrize(("dashboard", "title", "expression"), EXPRESSIONS, ids=[f"{d}: {t}" for d, t, _ in EXPRESSIONS])
def test_every_panel_has_data(scraped, dashboard, title, expression):
    wait_until(lambda: scraped.ask(concrete(expression)), 30, f"{title} to have data: {concrete(expression)}")


def test_variables_have_values(scraped):
    for path in DASHBOARDS:
        for variable in json.loads(path.read_text())["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
                assert scraped.ask(f"count by ({label}) ({metric})"), variable["name"]


def test_the_metrics_are_clean(scraped):
    with urllib.request.urlopen(f"http://127.0.0.1:{scraped.server.admin_port}/metrics", timeout=10) as answer:
        text = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
