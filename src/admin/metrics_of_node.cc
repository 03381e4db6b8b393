#include "admin/metrics_of.h"

namespace isochrone::admin::metrics_of {

void node(MetricsPage& page, const StatusReport& status, const MetricsSample& sample) {
  MetricsPage::gauge(page.family("isochrone_info", MetricType::Gauge, "Always 1; what runs here."), {"node", "version", "region"},
              {status.node, status.version, status.region}, 1);
  page.gauge("isochrone_uptime_seconds", "Time since the node started.", to_seconds(status.uptime));
  page.gauge("isochrone_ready", "Whether the node answers queries.", status.ready);
  page.gauge("isochrone_snapshot_age_seconds", "Time since the snapshot that queries are answered from was published.",
             to_seconds(status.snapshot_age));
  page.gauge("isochrone_snapshot_generation", "How many snapshots were published.", static_cast<double>(status.generation));
  page.gauge("isochrone_config_last_reload_successful", "Whether the last load of the configuration was good.",
             status.config.last_reload_ok);
  page.gauge("isochrone_config_age_seconds", "Time since the configuration now served was loaded.", to_seconds(status.config.age));
  page.gauge("isochrone_config_from_last_good", "Whether what is served is the last good load, the files being bad since before the start.",
             status.config.from_last_good);
  page.counters("isochrone_config_reloads_total", "Loads of the configuration by result; a reading that found it as it was is one.",
                {"result"},
                {{{"ok"}, static_cast<double>(status.config.reloads)}, {{"failed"}, static_cast<double>(status.config.failed_reloads)}});
  page.histograms("isochrone_config_reload_seconds", "How long a load took.", {}, {{{}, sample.reload_seconds}});
  MetricFamily& serial = page.family("isochrone_zone_serial", MetricType::Gauge, "SOA serial of the zone.");
  for (const ZoneStatus& zone : status.zones) MetricsPage::gauge(serial, {"zone"}, {zone.name}, zone.serial);
  page.gauge("isochrone_drains", "Drains in force.", static_cast<double>(status.drains.size()));
  page.counter("isochrone_state_write_failures_total", "Times that state could not be written to disk.",
               static_cast<double>(sample.state_write_failures));
  page.gauge("isochrone_state_writable", "Whether everything that must survive a restart is on disk.", sample.state_writable);
}

void server(MetricsPage& page, const MetricsSample& sample) {
  page.counters("isochrone_queries_total", "Queries answered.", {"transport", "type", "rcode"}, sample.queries);
  page.counters("isochrone_answers_total",
                "Steered answers by the region given, of several at once the first one's; region \"\" is what all-down gives of no one gateway.",
                {"zone", "pool", "region"}, sample.answers);
  page.counters("isochrone_all_down_answers_total", "Answers given while no gateway of the pool was healthy.", {"pool"},
                sample.all_down_answers);
  page.counters("isochrone_dropped_total", "Datagrams and messages that got no answer.", {"reason"}, sample.dropped);
  page.counters("isochrone_truncated_total", "Answers sent with TC set.", {"transport"}, sample.truncated);
  page.counters("isochrone_cookies_total", "Queries by what their cookie was.", {"kind"}, sample.cookies);
  page.counter("isochrone_ecs_queries_total", "Queries with a client subnet.", static_cast<double>(sample.ecs_queries));
  page.counter("isochrone_queries_not_logged_total", "Queries chosen for the query log that it had no room for.",
               static_cast<double>(sample.not_logged));
  page.histograms("isochrone_answer_seconds", "From received to sent, by batch.", {"transport"}, sample.latency);
  page.counters("isochrone_tcp_connections_total", "TCP connections by what became of them.", {"event"}, sample.tcp);
  page.gauge("isochrone_tcp_open_connections", "TCP connections open now.", sample.tcp_open);
  page.gauge("isochrone_tcp_held_bytes", "Memory held for TCP clients that do not take their answers.", sample.tcp_held);
}

void probing(MetricsPage& page, const MetricsSample& sample) {
  page.counters("isochrone_probes_total", "Probes of this node's own vantage by result.", {"result"}, sample.probes);
  page.histograms("isochrone_probe_phase_seconds", "Time that probes of this node's own vantage spent in each phase.",
                  {"phase", "region"}, sample.phases);
  page.histograms("isochrone_failover_seconds", "From the start of the first failed probe to the published answer, of each failover.", {},
                  {{{}, sample.failover}});
  page.histograms("isochrone_failover_bound_ratio", "The same, as a share of the pool's limit.", {},
                  {{{}, sample.failover_ratio}});
  page.counter("isochrone_switches_total",
               "Changes of the first region in an order of a vantage, or of their median where several measure; not of what pools answer.",
               static_cast<double>(sample.switches));
  page.counters("isochrone_reports_total", "Reports of probe workers and of gateways' observers by result; strangers' are refused.", {"result"},
                {{{"ok"}, static_cast<double>(sample.reports)}, {{"refused"}, static_cast<double>(sample.bad_reports)}});
}

void cluster(MetricsPage& page, const StatusReport& status) {
  const ClusterStatus& c = status.cluster;
  if (c.name.empty()) return;
  page.gauge("isochrone_cluster_etcd_up", "Whether etcd is being watched.", c.reached);
  page.gauge("isochrone_cluster_away_seconds", "How long etcd has not been watched; 0 while it is.", to_seconds(c.away));
  page.gauge("isochrone_cluster_writes_refused", "Whether etcd is watched and does not take what this node tells the others.", c.writes_refused);
  page.gauge("isochrone_cluster_revision", "Revision of the configuration that is served.", static_cast<double>(c.revision));
  page.gauge("isochrone_cluster_refused_revision", "Newest revision that this node could not serve; 0 where it serves the newest.", static_cast<double>(c.refused));
  page.gauge("isochrone_cluster_diverges", "Whether nodes that serve this node's revision would answer differently.", c.diverges);
  page.gauge("isochrone_cluster_name_taken", "Whether another node has this node's name.", c.named_twice);
  page.gauge("isochrone_cluster_nodes", "Nodes of the cluster that are there, this one included.", static_cast<double>(c.nodes.size()));
  page.counter("isochrone_cluster_misunderstood_keys_total", "Values in etcd that were no good.", static_cast<double>(c.misunderstood));
  MetricFamily& revisions = page.family("isochrone_cluster_node_revision", MetricType::Gauge, "Revision that each node says it serves.");
  for (const ClusterNode& node : c.nodes) MetricsPage::gauge(revisions, {"node"}, {node.name}, static_cast<double>(node.revision));
}

}  // namespace isochrone::admin::metrics_of
