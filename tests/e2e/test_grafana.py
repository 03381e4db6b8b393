"""Dashboards and alerts: as Grafana's own types want them, and every panel with data from a real Prometheus."""

import json
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from certificates import Authority
from cluster import Cluster
from lab import ROOT, Processes, wait_until
from ports import free_ports
from server import Server, framed, have, read_tcp

import dns.message

GRAFANA = ROOT / "tools" / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
RULES = GRAFANA / "prometheus"


def panels(dashboard):
    return [panel for panel in json.loads(dashboard.read_text())["panels"] if panel["type"] != "row"]


def test_the_files_are_what_their_source_says():
    done = subprocess.run([sys.executable, GRAFANA / "build.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(DASHBOARDS) == 5


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
    if subprocess.run(["npm", "ping", "--fetch-retries=0"], capture_output=True, timeout=300, check=False).returncode != 0:
        pytest.skip("the npm registry cannot be reached")
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


class Prometheus:
    """Scrapes some nodes every second, with the alerts loaded. `traffic` is called before every question."""

    def __init__(self, folder, processes, admin_ports, traffic):
        self.traffic, self.port = traffic, free_ports(1)[0]
        targets = ", ".join(f'"127.0.0.1:{port}"' for port in admin_ports)
        config = (RULES / "prometheus.yaml").read_text().replace('"127.0.0.1:9353"', targets)
        (folder / "prometheus.yaml").write_text(config.replace("5s", "1s").replace("[alerts.yaml]", f"[{RULES / 'alerts.yaml'}]"))
        processes.launch(["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/tsdb",
                          f"--web.listen-address=127.0.0.1:{self.port}"], "prometheus")

    def ask(self, expression):
        self.traffic()
        url = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is starting
                return []
            pytest.fail(f"{expression}: {error.read().decode()}")
        except OSError:
            return []

    def scrape(self):
        wait_until(lambda: self.ask("min(count_over_time(isochrone_queries_total[1m])) > 3"), 60, "Prometheus to have scraped a few times")


class Scraped:
    """A server with something of everything, and a Prometheus that scrapes it."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = Processes(folder / "processes")
        self.https_port = free_ports(1)[0]
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

    def start(self):
        self.server.start()
        self.prometheus = Prometheus(self.folder, self.processes, [self.server.admin_port], self.traffic)
        self.traffic()
        lost = 'isochrone_gateway_up{pool="seen.example/lost",region="near",family="ipv4",vantage=""}'
        wait_until(lambda: self.server.metrics().get(lost) == 1, 30, "the gateway that will be lost to be up")
        self.doomed.end()
        self.prometheus.scrape()

    def traffic(self):
        """Queries of every kind that a panel counts."""
        for subnet in ("198.18.0.0/24", "198.19.0.0/24", None):
            for name, rrtype in (("www", "A"), ("gone", "A"), ("www", "AAAA"), ("nothing", "A"), ("big", "TXT")):
                self.server.ask(f"{name}.seen.example", rrtype, subnet=subnet)
        with self.server.connect() as connection:
            connection.sendall(framed(dns.message.make_query("www.seen.example", "A")))
            read_tcp(connection, 1)

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


class ScrapedCluster:
    """Two nodes with etcd, both vantages, a gateway that was lost, a drain, and a Prometheus that scrapes both nodes."""

    def __init__(self, folder):
        self.folder, self.cluster = folder, Cluster(folder / "c", ["ns1", "ns2"], regions={"ns1": "west", "ns2": "east"})

    def start(self):
        files, self.port = self.cluster.files, free_ports(1)[0]
        gateway = lambda name, address: self.cluster.processes.launch(
            [sys.executable, "-m", "http.server", "--bind", address, str(self.port), "--directory", files / "zones"], name)
        gateway("well", "127.0.0.2")
        doomed = gateway("doomed", "127.0.0.3")
        (files / "probes/latency.csv").unlink()
        (files / "probes/probes.yaml").write_text(
            f"regions: {{west: {{}}, east: {{}}}}\nprobes: {{tcp: {{kind: tcp, port: {self.port}, interval: 500ms, timeout: 400ms, recheck: 100ms}}}}\n"
            "vantages: {ns1: {}, ns2: {}}\n")
        (files / "zones/steered.example.yaml").write_text(
            "zone: steered.example\nrecords: steered.example.zone\ndefaults: {probe: tcp}\n"
            "services: {shop: {gateways: {west: [127.0.0.2], east: [127.0.0.3]}}}\n")
        self.cluster.__enter__()
        self.cluster.push("-m", "first")
        self.cluster.start()
        nodes = self.cluster.nodes
        self.prometheus = Prometheus(self.folder, self.cluster.processes, [node.admin_port for node in nodes], self.traffic)
        up = 'isochrone_gateway_up{pool="steered.example/shop",region="east",family="ipv4",vantage="%s"}'
        wait_until(lambda: all(node.metrics().get(up % vantage) == 1 for node in nodes for vantage in ("ns1", "ns2", "")), 30,
                   "each node to have both vantages' verdicts")
        doomed.end()
        wait_until(lambda: all(node.metrics().get(up % "") == 0 for node in nodes), 30, "each node to leave the lost gateway")
        assert nodes[0].isochrone("drain", "east", "--reason", "it is lost").returncode == 0
        self.prometheus.scrape()

    def traffic(self):
        for node in self.cluster.nodes:
            node.ask("shop.steered.example", "A")

    def stop(self):
        self.cluster.__exit__()


@pytest.fixture(name="scraped_cluster", scope="module")
def scraped_nodes(tmp_path_factory):
    if not have("prometheus") or not have("etcd"):
        pytest.skip("prometheus or etcd is not there")
    scraped = ScrapedCluster(tmp_path_factory.mktemp("scraped_cluster"))
    try:
        scraped.start()
        yield scraped
    finally:
        scraped.stop()


def concrete(expression):
    """Variables filled as Grafana fills them with All."""
    return re.sub(r"\$(pool|region|vantage|instance)\b", ".*", expression)


EXPRESSIONS = [(path.stem, panel["title"], target["expr"]) for path in DASHBOARDS for panel in panels(path) for target in panel["targets"]]


def prometheus_for(request, dashboard):
    """The one that scrapes what the dashboard is of."""
    return request.getfixturevalue("scraped_cluster" if dashboard == "isochrone-cluster" else "scraped").prometheus


@pytest.mark.parametrize(("dashboard", "title", "expression"), EXPRESSIONS, ids=[f"{d}: {t}" for d, t, _ in EXPRESSIONS])
def test_every_panel_has_data(request, dashboard, title, expression):
    prometheus = prometheus_for(request, dashboard)
    wait_until(lambda: prometheus.ask(concrete(expression)), 30, f"{title} to have data: {concrete(expression)}")


def test_variables_have_values(request):
    for path in DASHBOARDS:
        for variable in json.loads(path.read_text())["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
                assert prometheus_for(request, path.stem).ask(f"count by ({label}) ({metric})"), variable["name"]


def test_the_clusters_metrics_are_all_shown(scraped_cluster):
    names = {series.partition("{")[0] for series in scraped_cluster.cluster.nodes[0].metrics()}
    shown = " ".join(expression for dashboard, _, expression in EXPRESSIONS if dashboard == "isochrone-cluster")
    cluster = {name for name in names if name.startswith("isochrone_cluster_")}
    assert len(cluster) >= 9 and {name for name in cluster if name not in shown} == set()


def value_of(prometheus, title):
    """The values of a panel of the cluster's dashboard, sorted."""
    expression = next(e for d, t, e in EXPRESSIONS if d == "isochrone-cluster" and t == title)
    return sorted(float(result["value"][1]) for result in prometheus.ask(concrete(expression)))


def test_the_cluster_dashboard_tells_what_is_so(scraped_cluster):
    prometheus, cluster = scraped_cluster.prometheus, scraped_cluster.cluster
    shows = lambda title, values: wait_until(lambda: value_of(prometheus, title) == values, 30, f"{title} to be {values}")
    shows("Revision served", [1, 1])
    shows("Drains in force", [1, 1])
    shows("Nodes that each node knows of", [2, 2])
    shows("Vantages heard", [2, 2])
    shows("Nodes without etcd", [0])
    # One node cannot load the next revision: its own region is gone.
    cluster.edit("probes/probes.yaml", ("west: {}, east: {}", "west: {}"))
    cluster.edit("zones/steered.example.yaml", (", east: [127.0.0.3]", ""))
    assert "ns2 refuses it" in cluster.push(status=1).stdout
    shows("Nodes that refuse a revision", [1])
    shows("Nodes behind the newest revision", [1])
    shows("Revision refused", [0, 2])
    # etcd is gone.
    cluster.etcd.stop()
    shows("Nodes without etcd", [2])
    shows("Watches etcd", [0, 0])


def test_the_metrics_are_clean(scraped):
    with urllib.request.urlopen(f"http://127.0.0.1:{scraped.server.admin_port}/metrics", timeout=10) as answer:
        text = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
