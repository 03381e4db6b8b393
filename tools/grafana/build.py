#!/usr/bin/env python3
"""Writes dashboards/*.json: Grafana's dashboards, described once as rows of panels.

  tools/grafana/build.py            writes them
  tools/grafana/build.py --check    exits 1 where a file differs from what would be written
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Dashboard:
    """Panels are laid out left to right in rows of 24 units; ids and refIds are given here, so they are unique."""

    def __init__(self, uid, title, description, variables=()):
        self.uid, self.title, self.description = uid, title, description
        self.variables, self.panels = list(variables), []
        self.x = self.y = self.height = 0

    def row(self, title):
        self._next_line()
        self.panels.append({"type": "row", "id": len(self.panels) + 1, "title": title, "collapsed": False, "panels": [],
                            "gridPos": {"x": 0, "y": self.y, "w": 24, "h": 1}})
        self.y += 1

    def _next_line(self):
        self.y, self.x, self.height = self.y + self.height, 0, 0

    def panel(self, kind, title, queries, unit="short", width=12, height=8, description="", options=None, **defaults):
        if self.x + width > 24:
            self._next_line()
        targets = [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr, "legendFormat": legend,
                    "editorMode": "code", "range": kind != "table", "instant": kind in ("table", "stat", "bargauge"),
                    **({"format": "table"} if kind == "table" else {})}
                   for i, (expr, legend) in enumerate(queries)]
        for target in targets:
            target["range"] = not target["instant"]
        self.panels.append({
            "type": kind, "id": len(self.panels) + 1, "title": title, "description": description, "datasource": SOURCE,
            "gridPos": {"x": self.x, "y": self.y, "w": width, "h": height}, "targets": targets,
            "fieldConfig": {"defaults": {"unit": unit, **defaults}, "overrides": []},
            "options": options or OPTIONS[kind]})
        self.x, self.height = self.x + width, max(self.height, height)

    def json(self):
        return {
            "uid": self.uid, "title": self.title, "description": self.description, "tags": ["isochrone"],
            "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "10s", "timezone": "browser",
            "time": {"from": "now-1h", "to": "now"}, "timepicker": {}, "annotations": {"list": []}, "links": [
                {"type": "dashboards", "title": "isochrone", "tags": ["isochrone"], "asDropdown": False, "icon": "external link",
                 "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": ""}],
            "templating": {"list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0,
                 "current": {"text": "", "value": ""}, "options": [], "refresh": 1, "regex": "", "includeAll": False, "multi": False, "skipUrlSync": False},
                *self.variables]},
            "panels": self.panels}


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name},
            "refresh": 2, "sort": 1, "hide": 0, "includeAll": True, "multi": True, "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"], "selected": True}, "options": [], "regex": "", "skipUrlSync": False}


OPTIONS = {
    "timeseries": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
                   "tooltip": {"mode": "multi", "sort": "desc"}},
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "auto", "textMode": "auto",
             "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "wideLayout": True, "showPercentChange": False, "percentChangeColorMode": "standard"},
    "table": {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""}},
    "state-timeline": {"mergeValues": True, "showValue": "never", "alignValue": "left", "rowHeight": 0.8,
                       "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
                       "tooltip": {"mode": "single", "sort": "none"}},
    "bargauge": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "horizontal",
                 "displayMode": "basic", "valueMode": "color", "namePlacement": "auto", "showUnfilled": True, "sizing": "auto", "minVizWidth": 8,
                 "minVizHeight": 16, "maxVizHeight": 300, "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}},
    "heatmap": {"calculate": False, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "fill": "dark-orange", "exponent": 0.5, "reverse": False},
                "yAxis": {"axisPlacement": "left", "unit": "s"}, "rowsFrame": {"layout": "auto"}, "showValue": "never",
                "tooltip": {"mode": "single", "yHistogram": False}, "legend": {"show": True}, "exemplars": {"color": "rgba(255,0,255,0.7)"},
                "cellValues": {}, "filterValues": {"le": 1e-9}},
}
UP_DOWN = {"mappings": [{"type": "value", "options": {"0": {"text": "down", "color": "red", "index": 0},
                                                      "1": {"text": "up", "color": "green", "index": 1}}}],
           "color": {"mode": "thresholds"},
           "thresholds": {"mode": "absolute", "steps": [{"color": "red", "value": None}, {"color": "green", "value": 1}]}}
GOOD_IF_ZERO = {"color": {"mode": "thresholds"},
                "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 1}]}}
GOOD_IF_ONE = {"color": {"mode": "thresholds"}, "thresholds": UP_DOWN["thresholds"]}

POOL = variable("pool", "Pool", "label_values(isochrone_gateway_up, pool)")
REGION = variable("region", "Region", "label_values(isochrone_gateway_up, region)")
VANTAGE = variable("vantage", "Vantage", "label_values(isochrone_vantage_suspect, vantage)")


def services():
    d = Dashboard("isochrone-services", "isochrone: services", "Health of every gateway, and where clients are sent.", [POOL, REGION])
    d.panel("stat", "Pools with nothing healthy", [('sum(isochrone_pool_all_down{pool=~"$pool"})', "")], width=6, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Gateways down", [('count(isochrone_gateway_up{pool=~"$pool",region=~"$region",vantage=""} == 0) or vector(0)', "")], width=6, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Drained gateways", [('sum(isochrone_gateway_drained{pool=~"$pool",region=~"$region"})', "")], width=6, height=4)
    d.panel("stat", "Longest promised failover", [('max(isochrone_failover_bound_seconds{pool=~"$pool"})', "")], unit="s", width=6, height=4)
    d.row("Traffic")
    d.panel("timeseries", "Answers by region", [('sum by (region) (rate(isochrone_answers_total{pool=~"$pool",region=~"$region"}[1m]))', "{{region}}")], unit="reqps",
            description="Steered answers a second, by the region they named.")
    d.panel("timeseries", "Answers by pool", [('sum by (pool) (rate(isochrone_answers_total{pool=~"$pool"}[1m]))', "{{pool}}")], unit="reqps")
    d.panel("timeseries", "Share of answers by region",
            [('sum by (region) (rate(isochrone_answers_total{pool=~"$pool",region=~"$region"}[5m])) / scalar(sum(rate(isochrone_answers_total{pool=~"$pool"}[5m])) > 0)', "{{region}}")],
            unit="percentunit", min=0, max=1)
    d.panel("timeseries", "Answers while nothing was healthy", [('sum by (pool) (rate(isochrone_all_down_answers_total{pool=~"$pool"}[1m]))', "{{pool}}")], unit="reqps")
    d.row("Health")
    d.panel("state-timeline", "Gateways, by the quorum's verdict",
            [('min by (pool, region, family) (isochrone_gateway_up{pool=~"$pool",region=~"$region",vantage=""})', "{{pool}} {{region}} {{family}}")], width=24, height=12, **UP_DOWN)
    d.panel("timeseries", "Regions that may be given", [('isochrone_pool_eligible_regions{pool=~"$pool"}', "{{pool}} {{family}}")], min=0)
    d.panel("timeseries", "Pools with lowered TTLs, by why", [('sum by (reason) (isochrone_pool_ttl_lowered{pool=~"$pool"})', "{{reason}}")], min=0)
    d.panel("timeseries", "Certificates expire in", [('min by (pool, region) (isochrone_certificate_expiry_timestamp_seconds{pool=~"$pool",region=~"$region"}) - time()', "{{pool}} {{region}}")], unit="s")
    return d


def latency():
    d = Dashboard("isochrone-latency", "isochrone: latency", "What every vantage measures to every region, and what choices are made from.", [VANTAGE, REGION])
    d.panel("table", "Latency matrix: estimates that choices are made from",
            [('sum by (vantage, region, family) (isochrone_estimate_seconds{vantage=~"$vantage",region=~"$region"})', "")], unit="s", width=24, height=10)
    d.panel("timeseries", "Estimates", [('isochrone_estimate_seconds{vantage=~"$vantage",region=~"$region"}', "{{vantage}} → {{region}} {{family}}")], unit="s", height=10)
    d.panel("timeseries", "Round-trip times, smoothed", [('isochrone_rtt_seconds{vantage=~"$vantage",region=~"$region"}', "{{vantage}} → {{region}} {{family}}")], unit="s", height=10)
    d.panel("timeseries", "Loss, lower 95 % bound", [('isochrone_loss_ratio{vantage=~"$vantage",region=~"$region"}', "{{vantage}} → {{region}} {{family}}")], unit="percentunit", min=0)
    d.panel("timeseries", "Regret: how much slower the first region is than the fastest",
            [('isochrone_regret_seconds{vantage=~"$vantage"}', "{{vantage}} {{family}} now"),
             ('rate(isochrone_regret_integral_seconds_total{vantage=~"$vantage"}[5m])', "{{vantage}} {{family}} on average")], unit="s", min=0,
            description="The price of calm: an order changes only when a lead of more than the margin has lasted for the dwell.")
    d.panel("timeseries", "Switches of the first region, by vantage", [('rate(isochrone_vantage_switches_total{vantage=~"$vantage"}[5m])', "{{vantage}}")], unit="ops", min=0)
    d.panel("timeseries", "Switches of the first region", [("rate(isochrone_switches_total[5m])", "{{instance}}")], unit="ops", min=0)
    return d


def probes():
    d = Dashboard("isochrone-probes", "isochrone: probes", "What probing sees, how long each phase takes, how fast a failure is found.", [VANTAGE, REGION])
    d.panel("timeseries", "Probes by result", [("sum by (result) (rate(isochrone_probes_total[1m]))", "{{result}}")], unit="ops")
    d.panel("timeseries", "Time in each phase, median",
            [('histogram_quantile(0.5, sum by (le, phase) (rate(isochrone_probe_phase_seconds_bucket{region=~"$region"}[5m])))', "{{phase}}")], unit="s")
    d.panel("timeseries", "Time in each phase, 99th percentile",
            [('histogram_quantile(0.99, sum by (le, phase) (rate(isochrone_probe_phase_seconds_bucket{region=~"$region"}[5m])))', "{{phase}}")], unit="s")
    d.panel("timeseries", "Vantages last heard", [('isochrone_vantage_last_heard_seconds{vantage=~"$vantage"}', "{{vantage}}")], unit="s")
    d.panel("state-timeline", "Stale vantages", [('isochrone_vantage_stale{vantage=~"$vantage"}', "{{vantage}}")],
            description="Nothing that a stale vantage says is fresh; its estimates are frozen, its verdicts do not count.",
            mappings=[{"type": "value", "options": {"0": {"text": "fresh", "color": "green", "index": 0}, "1": {"text": "stale", "color": "red", "index": 1}}}],
            color={"mode": "thresholds"}, thresholds=GOOD_IF_ZERO["thresholds"])
    d.panel("state-timeline", "Suspect vantages", [('isochrone_vantage_suspect{vantage=~"$vantage"}', "{{vantage}}")],
            mappings=[{"type": "value", "options": {"0": {"text": "trusted", "color": "green", "index": 0}, "1": {"text": "suspect", "color": "red", "index": 1}}}],
            color={"mode": "thresholds"}, thresholds=GOOD_IF_ZERO["thresholds"])
    d.panel("timeseries", "Reports of probe workers and observers", [("sum by (result) (rate(isochrone_reports_total[1m]))", "{{result}}")], unit="ops")
    d.panel("bargauge", "Failovers by time taken", [("sum by (le) (isochrone_failover_seconds_bucket)", "{{le}} s")],
            description="From the start of the first failed probe to the published answer; cumulative.")
    d.panel("timeseries", "Last failover, as a share of the pool's limit",
            [("isochrone_pool_last_failover_seconds / on(instance, pool) isochrone_pool_failover_limit_seconds", "{{pool}}")], unit="percentunit", min=0,
            description="The limit is the pool's failover bound without the TTL, which is the resolvers'.")
    d.panel("stat", "Failovers slower than promised",
            [('sum(isochrone_pool_failovers_total{kept="no"})', "")], height=8, **GOOD_IF_ZERO)
    d.panel("table", "Age of verdicts", [('max by (pool, region, vantage) (isochrone_verdict_age_seconds{vantage=~"$vantage",region=~"$region"})', "")], unit="s", width=24)
    return d


def server():
    d = Dashboard("isochrone-server", "isochrone: server", "The name server itself: queries, times, configuration, state.",
                  [variable("instance", "Instance", "label_values(isochrone_info, instance)")])
    i = 'instance=~"$instance"'
    d.panel("stat", "Version", [(f"isochrone_info{{{i}}}", "{{node}} {{version}}")], width=6, height=4, options=dict(OPTIONS["stat"], textMode="name"))
    d.panel("stat", "Last reload", [(f"min(isochrone_config_last_reload_successful{{{i}}})", "")], width=6, height=4, **{**GOOD_IF_ONE, "mappings": [
        {"type": "value", "options": {"0": {"text": "failed", "index": 0}, "1": {"text": "good", "index": 1}}}]})
    d.panel("stat", "Configuration age", [(f"max(isochrone_config_age_seconds{{{i}}})", "")], unit="s", width=6, height=4)
    d.panel("stat", "Snapshot age", [(f"max(isochrone_snapshot_age_seconds{{{i}}})", "")], unit="s", width=6, height=4)
    d.row("Queries")
    d.panel("timeseries", "By transport and RCODE", [(f"sum by (transport, rcode) (rate(isochrone_queries_total{{{i}}}[1m]))", "{{transport}} {{rcode}}")], unit="reqps")
    d.panel("timeseries", "By type", [(f"sum by (type) (rate(isochrone_queries_total{{{i}}}[1m]))", "{{type}}")], unit="reqps")
    d.panel("timeseries", "From received to sent, 99th percentile",
            [(f"histogram_quantile(0.99, sum by (le, transport) (rate(isochrone_answer_seconds_bucket{{{i}}}[1m])))", "{{transport}}")], unit="s")
    d.panel("heatmap", "From received to sent, UDP", [(f'sum by (le) (rate(isochrone_answer_seconds_bucket{{{i},transport="udp"}}[1m]))', "{{le}}")], unit="reqps")
    d.panel("timeseries", "With client subnet; truncated", [(f"sum(rate(isochrone_ecs_queries_total{{{i}}}[1m]))", "client subnet"),
                                                          (f"sum(rate(isochrone_truncated_total{{{i}}}[1m]))", "truncated")], unit="reqps")
    d.panel("timeseries", "Dropped", [(f"sum by (reason) (rate(isochrone_dropped_total{{{i}}}[1m]))", "{{reason}}")], unit="reqps")
    d.panel("timeseries", "Cookies", [(f"sum by (kind) (rate(isochrone_cookies_total{{{i}}}[1m]))", "{{kind}}")], unit="reqps")
    d.panel("timeseries", "TCP connections", [(f"isochrone_tcp_open_connections{{{i}}}", "open"),
                                              (f"sum by (event) (rate(isochrone_tcp_connections_total{{{i}}}[1m]))", "{{event}} a second")])
    d.row("State")
    d.panel("timeseries", "Snapshots published", [(f"rate(isochrone_snapshot_generation{{{i}}}[1m])", "{{instance}}")], unit="ops")
    d.panel("timeseries", "Loads", [(f"increase(isochrone_config_reloads_total{{{i}}}[5m])", "{{result}}")])
    d.panel("timeseries", "Serials", [(f"isochrone_zone_serial{{{i}}}", "{{zone}}")], unit="none")
    d.panel("timeseries", "State that could not be written", [(f"rate(isochrone_state_write_failures_total{{{i}}}[5m])", "{{instance}}")], unit="ops", min=0)
    return d


def cluster():
    # Its All is the nodes of a cluster by name, not every instance that the Prometheus knows.
    nodes = variable("instance", "Node", "label_values(isochrone_cluster_revision, instance)")
    del nodes["allValue"]
    d = Dashboard("isochrone-cluster", "isochrone: cluster", "Nodes that share one configuration in etcd: whether all serve it, hear each other, and answer alike.", [nodes])
    i = 'instance=~"$instance"'

    def states(title, expr, legend, zero, one, description):
        good, bad = ("green", "red") if zero[1] else ("red", "green")
        d.panel("state-timeline", title, [(expr, legend)], height=6, description=description,
                mappings=[{"type": "value", "options": {"0": {"text": zero[0], "color": good, "index": 0}, "1": {"text": one, "color": bad, "index": 1}}}],
                color={"mode": "thresholds"}, thresholds=(GOOD_IF_ZERO if zero[1] else GOOD_IF_ONE)["thresholds"])

    d.panel("stat", "Nodes behind the newest revision",
            [(f"count(isochrone_cluster_revision{{{i}}} < on (job) group_left () max by (job) (isochrone_cluster_revision{{{i}}})) or vector(0)", "")],
            width=4, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Nodes that refuse a revision", [(f"count(isochrone_cluster_refused_revision{{{i}}} > 0) or vector(0)", "")], width=4, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Nodes without etcd", [(f"count(isochrone_cluster_etcd_up{{{i}}} == 0) or vector(0)", "")], width=4, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Nodes that answer otherwise", [(f"sum(isochrone_cluster_diverges{{{i}}})", "")], width=4, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Nodes whose name is taken", [(f"sum(isochrone_cluster_name_taken{{{i}}})", "")], width=4, height=4, **GOOD_IF_ZERO)
    d.panel("stat", "Nodes that cannot be scraped", [(f"count(up{{{i}}} == 0) or vector(0)", "")], width=4, height=4, **GOOD_IF_ZERO)
    d.panel("table", "Nodes and their versions", [(f"max by (instance, node, region, version) (isochrone_info{{{i}}})", "")], width=24, height=6)
    d.row("Revisions")
    d.panel("timeseries", "Revision served", [(f"isochrone_cluster_revision{{{i}}}", "{{instance}}")], unit="none", description="It never goes back: a rollback is a new revision.")
    d.panel("timeseries", "Revision refused", [(f"isochrone_cluster_refused_revision{{{i}}}", "{{instance}}")], unit="none", min=0,
            description="0 where a node serves the newest. `isochrone status --cluster` says why it does not.")
    d.panel("timeseries", "Age of what is served", [(f"isochrone_config_age_seconds{{{i}}}", "{{instance}}")], unit="s", min=0,
            description="Since the node loaded it: lines apart are nodes that loaded a revision at different times, or were restarted.")
    d.panel("timeseries", "Revision of each node, as the others have it from etcd", [(f"isochrone_cluster_node_revision{{{i}}}", "{{node}}, at {{instance}}")], unit="none")
    d.row("etcd")
    states("Watches etcd", f"isochrone_cluster_etcd_up{{{i}}}", "{{instance}}", ("away", False), "watching", "Away: it serves on with what it knows.")
    states("Takes what the node writes", f"isochrone_cluster_writes_refused{{{i}}}", "{{instance}}", ("taken", True), "refused",
           "Refused: the others hear nothing new of it. A full quota, or rights that are missing; `isochrone status --cluster` says which.")
    d.panel("timeseries", "Time without etcd", [(f"isochrone_cluster_away_seconds{{{i}}}", "{{instance}}")], unit="s", height=6, min=0)
    d.panel("timeseries", "Nodes that each node knows of", [(f"isochrone_cluster_nodes{{{i}}}", "{{instance}}")], height=6, min=0)
    d.panel("timeseries", "Values in etcd that were no good", [(f"increase(isochrone_cluster_misunderstood_keys_total{{{i}}}[5m])", "{{instance}}")], height=6, min=0,
            description="Not understood or forged; the state before is kept, and the log names the key.")
    d.row("Agreement")
    states("Answers otherwise than nodes of the same revision", f"isochrone_cluster_diverges{{{i}}}", "{{instance}}", ("alike", True), "otherwise",
           "By the digest of what clients may be given, for ten seconds.")
    states("Name", f"isochrone_cluster_name_taken{{{i}}}", "{{instance}}", ("its own", True), "taken", "Taken: another node has the same `node:`.")
    states("Gateways on which nodes are not of one mind",
           f'max by (pool, region, family) (isochrone_gateway_up{{{i},vantage=""}}) - min by (pool, region, family) (isochrone_gateway_up{{{i},vantage=""}})',
           "{{pool}} {{region}} {{family}}", ("agreed", True), "not agreed", "By the quorum's verdict at each node.")
    states("Gateways on which vantages are not of one mind",
           f'max by (pool, region, family) (isochrone_gateway_up{{{i},vantage!=""}}) - min by (pool, region, family) (isochrone_gateway_up{{{i},vantage!=""}})',
           "{{pool}} {{region}} {{family}}", ("agreed", True), "not agreed", "A path is broken somewhere: each vantage decides for the clients it covers.")
    d.row("Measurements")
    d.panel("timeseries", "Vantages heard", [(f"count by (instance) (isochrone_vantage_last_heard_seconds{{{i}}})", "{{instance}}")], width=8, min=0)
    d.panel("timeseries", "Vantages stale", [(f"sum by (instance) (isochrone_vantage_stale{{{i}}})", "{{instance}}")], width=8, min=0)
    d.panel("timeseries", "Vantages suspect", [(f"sum by (instance) (isochrone_vantage_suspect{{{i}}})", "{{instance}}")], width=8, min=0)
    d.panel("timeseries", "Longest silence of each vantage, over nodes", [(f"max by (vantage) (isochrone_vantage_last_heard_seconds{{{i}}})", "{{vantage}}")], unit="s", min=0)
    d.panel("timeseries", "Reports to each node", [(f"sum by (instance, result) (rate(isochrone_reports_total{{{i}}}[1m]))", "{{instance}} {{result}}")], unit="ops", min=0,
            description="Of workers that report to nodes, not through etcd.")
    d.row("Clients")
    d.panel("timeseries", "Steered answers", [(f"sum by (instance) (rate(isochrone_answers_total{{{i}}}[1m]))", "{{instance}}")], unit="reqps", min=0)
    d.panel("timeseries", "Drains in force", [(f"isochrone_drains{{{i}}}", "{{instance}}")], min=0, description="Equal on all nodes, but for a drain made with --here while etcd is away.")
    d.panel("timeseries", "Failovers in an hour", [(f"sum by (instance, kept) (increase(isochrone_pool_failovers_total{{{i}}}[1h]))", "{{instance}}, bound kept: {{kept}}")], min=0)
    d.panel("timeseries", "Last failover, as a share of the pool's limit",
            [(f"isochrone_pool_last_failover_seconds{{{i}}} / on (instance, pool) isochrone_pool_failover_limit_seconds{{{i}}}", "{{instance}} {{pool}}")], unit="percentunit", min=0,
            description="The limit is the pool's failover bound without the TTL, which is the resolvers'.")
    return d


def main():
    check = "--check" in sys.argv[1:]
    stale = []
    for dashboard in (services(), latency(), probes(), server(), cluster()):
        path = HERE / "dashboards" / f"{dashboard.uid}.json"
        text = json.dumps(dashboard.json(), indent=1, ensure_ascii=False) + "\n"
        if check and (not path.exists() or path.read_text() != text):
            stale.append(path.name)
        elif not check:
            path.write_text(text)
    if stale:
        sys.exit(f"not as tools/grafana/build.py writes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
