#include "admin/metrics.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace isochrone::admin {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Names = std::vector<const char*>;

class Page {
 public:
  Page() { families_.reserve(kMostFamilies); }

  // Adds a family; its metrics are appended through the reference, which stays good (nothing moves: see reserve).
  MetricFamily& family(const char* name, MetricType type, const char* help) {
    families_.push_back({name, help, type, {}});
    return families_.back();
  }

  void counters(const char* name, const char* help, const Names& labels, const std::vector<Sample>& samples) {
    MetricFamily& made = family(name, MetricType::Counter, help);
    for (const Sample& sample : samples) add(made, labels, sample.labels).counter.value = sample.value;
  }
  void counter(const char* name, const char* help, double value) { counters(name, help, {}, {{{}, value}}); }
  void gauge(const char* name, const char* help, double value) {
    family(name, MetricType::Gauge, help).metric.emplace_back().gauge.value = value;
  }
  void histograms(const char* name, const char* help, const Names& labels,
                  const std::vector<LabelledHistogram>& samples) {
    MetricFamily& made = family(name, MetricType::Histogram, help);
    for (const auto& [values, histogram] : samples) fill(add(made, labels, values), histogram);
  }

  static ClientMetric& add(MetricFamily& to, const Names& labels, const std::vector<std::string>& values) {
    ClientMetric& metric = to.metric.emplace_back();
    for (size_t i = 0; i < labels.size(); ++i) metric.label.push_back({labels[i], values[i]});
    return metric;
  }
  static void gauge(MetricFamily& to, const Names& labels, const std::vector<std::string>& values, double value) {
    add(to, labels, values).gauge.value = value;
  }

  std::string text() {
    std::erase_if(families_, [](const MetricFamily& f) { return f.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  static void fill(ClientMetric& metric, const Histogram& histogram) {
    uint64_t cumulative = 0;
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
      cumulative += histogram.counts[i];
      if (i < histogram.bounds.size()) metric.histogram.bucket.push_back({cumulative, histogram.bounds[i]});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = histogram.sum;
  }

  static constexpr size_t kMostFamilies = 100;
  std::vector<MetricFamily> families_;
};

const char* name_of(Family family) { return family == Family::V4 ? "ipv4" : "ipv6"; }

bool serves(const AddressStatus& address, Family family) {
  return address.is_name || (address.address.find(':') == std::string::npos ? Family::V4 : Family::V6) == family;
}

// A gateway is up in a family, as a vantage sees it, while one of its addresses is.
void gateways(Page& page, const StatusReport& status) {
  MetricFamily& up = page.family("isochrone_gateway_up", MetricType::Gauge,
                                 "Whether the gateway is up, as the vantage sees it; vantage \"\" is the quorum's verdict.");
  for (const PoolStatus& pool : status.pools)
    for (const GatewayStatus& gateway : pool.gateways) {
      std::map<std::pair<Family, std::string>, bool> any;
      for (const AddressStatus& address : gateway.addresses)
        for (const Family family : {Family::V4, Family::V6}) {
          if (!serves(address, family)) continue;
          any[{family, ""}] |= address.verdict == steer::Verdict::Up;
          for (const SightStatus& sight : address.sights)
            any[{family, sight.vantage}] |= sight.view.verdict == steer::Verdict::Up;
        }
      for (const auto& [family, verdict] : gateway.pool_verdicts) any[{family, ""}] = verdict == steer::Verdict::Up;
      for (const auto& [key, value] : any)
        Page::gauge(up, {"pool", "region", "family", "vantage"},
                    {pool.name, gateway.region, name_of(key.first), key.second}, value);
    }

  MetricFamily& drained = page.family("isochrone_gateway_drained", MetricType::Gauge, "Whether the gateway is drained by an operator.");
  MetricFamily& enabled = page.family("isochrone_gateway_enabled", MetricType::Gauge, "Whether the gateway is enabled in the configuration.");
  MetricFamily& certificate = page.family("isochrone_certificate_expiry_timestamp_seconds", MetricType::Gauge,
                                          "When the gateway's certificate expires, the earliest of its addresses.");
  MetricFamily& load = page.family("isochrone_gateway_load_ratio", MetricType::Gauge,
                                   "Load that the gateway tells of itself, as a share of its limit.");
  MetricFamily& relief = page.family("isochrone_gateway_load_relief_seconds", MetricType::Gauge,
                                     "Clients that lose less round-trip time than this are sent elsewhere, for the gateway's load.");
  MetricFamily& age = page.family("isochrone_verdict_age_seconds", MetricType::Gauge,
                                  "Time since the vantage last probed the gateway, the oldest of its addresses.");
  for (const PoolStatus& pool : status.pools)
    for (const GatewayStatus& gateway : pool.gateways) {
      Page::gauge(drained, {"pool", "region"}, {pool.name, gateway.region}, !gateway.drained_by.empty());
      Page::gauge(enabled, {"pool", "region"}, {pool.name, gateway.region}, gateway.enabled);
      if (gateway.load) Page::gauge(load, {"pool", "region"}, {pool.name, gateway.region}, *gateway.load);
      if (gateway.load || gateway.relief > Duration::zero())
        Page::gauge(relief, {"pool", "region"}, {pool.name, gateway.region}, to_seconds(gateway.relief));
      std::optional<int64_t> expiry;
      std::map<std::string, double> oldest;
      for (const AddressStatus& address : gateway.addresses)
        for (const SightStatus& sight : address.sights) {
          if (sight.view.certificate_expiry) expiry = std::min(expiry.value_or(INT64_MAX), *sight.view.certificate_expiry);
          if (sight.view.verdict != steer::Verdict::Unknown) oldest[sight.vantage] = std::max(oldest[sight.vantage], to_seconds(sight.view.age));
        }
      if (expiry) Page::gauge(certificate, {"pool", "region"}, {pool.name, gateway.region}, static_cast<double>(*expiry));
      for (const auto& [vantage, seconds] : oldest)
        Page::gauge(age, {"pool", "region", "vantage"}, {pool.name, gateway.region, vantage}, seconds);
    }
}

void pools(Page& page, const StatusReport& status) {
  MetricFamily& all_down = page.family("isochrone_pool_all_down", MetricType::Gauge,
                                       "Whether no gateway of the pool is healthy in the family, by the quorum.");
  MetricFamily& eligible = page.family("isochrone_pool_eligible_regions", MetricType::Gauge,
                                       "Regions that clients who follow the quorum may be given.");
  MetricFamily& bound = page.family("isochrone_failover_bound_seconds", MetricType::Gauge,
                                    "Longest time from a gateway's death until no client uses it, by configuration.");
  MetricFamily& took = page.family("isochrone_pool_last_failover_seconds", MetricType::Gauge,
                                   "What the pool's last failover took, from the first failed probe to the published answer.");
  MetricFamily& limit = page.family("isochrone_pool_failover_limit_seconds", MetricType::Gauge,
                                    "What a failover of the pool may take until its answer is published: the bound without the TTL.");
  MetricFamily& failovers = page.family("isochrone_pool_failovers_total", MetricType::Counter,
                                        "Times that an address left the pool's answers, by whether the limit was kept.");
  MetricFamily& lowered = page.family("isochrone_pool_ttl_lowered", MetricType::Gauge,
                                      "Whether answers of the pool may hold for less than its TTL, for some clients at least, by why.");
  for (const PoolStatus& pool : status.pools) {
    Page::gauge(lowered, {"pool", "reason"}, {pool.name, "failing"}, pool.lowered.failing);
    Page::gauge(lowered, {"pool", "reason"}, {pool.name, "all-down"}, pool.lowered.all_down);
    Page::gauge(lowered, {"pool", "reason"}, {pool.name, "swapping"}, pool.lowered.swapping);
    for (const auto& [family, state] : {std::pair{"ipv4", &pool.v4}, std::pair{"ipv6", &pool.v6}}) {
      if (!state->served) continue;
      Page::gauge(all_down, {"pool", "family"}, {pool.name, family}, state->outcome != steer::Outcome::Steered);
      Page::gauge(eligible, {"pool", "family"}, {pool.name, family}, static_cast<double>(state->eligible.size()));
    }
    Page::gauge(bound, {"pool"}, {pool.name}, to_seconds(pool.failover_bound));
    if (pool.failover_bound == Duration::zero()) continue;
    if (pool.last_failover) Page::gauge(took, {"pool"}, {pool.name}, to_seconds(pool.last_failover->took));
    Page::gauge(limit, {"pool"}, {pool.name}, to_seconds(pool.failover_limit));
    const auto count = [&](const char* kept, uint64_t n) {
      Page::add(failovers, {"pool", "kept"}, {pool.name, kept}).counter.value = static_cast<double>(n);
    };
    count("yes", pool.failovers - pool.late_failovers);
    count("no", pool.late_failovers);
  }
}

void vantages(Page& page, const StatusReport& status) {
  MetricFamily& rtt = page.family("isochrone_rtt_seconds", MetricType::Gauge, "Smoothed round-trip time of the vantage to the region.");
  MetricFamily& estimate = page.family("isochrone_estimate_seconds", MetricType::Gauge,
                                       "Latency that choices are made from: held round-trip time plus the cost of loss.");
  MetricFamily& loss = page.family("isochrone_loss_ratio", MetricType::Gauge, "Lower 95 % bound of the loss over five minutes of being up.");
  for (const VantageStatus& vantage : status.vantages)
    for (const EstimateStatus& e : vantage.estimates) {
      const Names names{"vantage", "region", "family"};
      const std::vector<std::string> values{vantage.view.name, e.region, name_of(e.family)};
      Page::gauge(rtt, names, values, to_seconds(e.view.rtt));
      if (e.view.held) Page::gauge(estimate, names, values, to_seconds(*e.view.held));
      Page::gauge(loss, names, values, e.view.loss);
    }
  MetricFamily& heard = page.family("isochrone_vantage_last_heard_seconds", MetricType::Gauge, "Time since the vantage was last heard of.");
  MetricFamily& suspect = page.family("isochrone_vantage_suspect", MetricType::Gauge,
                                      "Whether the vantage sees everything down while others do not, and is left out.");
  MetricFamily& stale = page.family("isochrone_vantage_stale", MetricType::Gauge,
                                    "Whether the vantage has no fresh verdict of anything, though there is something to probe.");
  for (const VantageStatus& vantage : status.vantages) {
    const health::VantageView& view = vantage.view;
    if (view.heard) Page::gauge(heard, {"vantage"}, {view.name}, to_seconds(*view.heard));
    Page::gauge(suspect, {"vantage"}, {view.name}, view.suspect);
    Page::gauge(stale, {"vantage"}, {view.name}, view.stale);
  }
  MetricFamily& stages = page.family("isochrone_estimates", MetricType::Gauge,
                                     "Regions and families that the vantage measures, by the stage of what it last measured.");
  for (const VantageStatus& vantage : status.vantages)
    for (const health::Stage stage : health::kStages)
      Page::gauge(stages, {"vantage", "stage"}, {vantage.view.name, std::string(name_of(stage))},
                  vantage.view.estimates[static_cast<size_t>(stage)]);
}

// What calm costs: a row's first region may be slower than another one until that one's lead has lasted.
void regret(Page& page, const StatusReport& status) {
  MetricFamily& now = page.family("isochrone_regret_seconds", MetricType::Gauge,
                                  "Estimate of the first region in the vantage's order minus the lowest one.");
  MetricFamily& sum = page.family("isochrone_regret_integral_seconds_total", MetricType::Counter,
                                  "Integral of isochrone_regret_seconds over time: its rate is the mean regret in seconds.");
  MetricFamily& switches = page.family("isochrone_vantage_switches_total", MetricType::Counter,
                                       "Changes of the first region in the vantage's order.");
  for (const VantageStatus& vantage : status.vantages) {
    const health::VantageView& view = vantage.view;
    for (const Family family : {Family::V4, Family::V6}) {
      const bool measured = std::ranges::any_of(vantage.estimates, [&](const EstimateStatus& e) { return e.family == family; });
      if (!measured) continue;
      const size_t f = family == Family::V4 ? 0 : 1;
      Page::gauge(now, {"vantage", "family"}, {view.name, name_of(family)}, to_seconds(view.regret[f]));
      Page::add(sum, {"vantage", "family"}, {view.name, name_of(family)}).counter.value = view.regret_seconds[f];
    }
    Page::add(switches, {"vantage"}, {view.name}).counter.value = static_cast<double>(view.switches);
  }
}

// Absent where no token lets anybody observe.
void observed(Page& page, const StatusReport& status) {
  const ObservedStatus& o = status.observed;
  if (o.gateways.empty()) return;
  page.gauge("isochrone_observed_networks", "Client networks that gateways have measured.", static_cast<double>(o.networks));
  page.counter("isochrone_observed_evicted_total", "Observed networks that had to make room for others.", static_cast<double>(o.evicted));
  page.gauge("isochrone_observed_weave_seconds", "How long the last latency map with the observed networks took to make.", to_seconds(o.weave));
  MetricFamily& heard = page.family("isochrone_observer_last_heard_seconds", MetricType::Gauge, "Time since the region's gateways were last heard of.");
  MetricFamily& reports = page.family("isochrone_observer_reports_total", MetricType::Counter, "Reports of the region's gateways by result.");
  MetricFamily& forgotten = page.family("isochrone_observer_forgotten_networks", MetricType::Gauge,
                                        "Networks that the region's observer has had no room for since its start.");
  MetricFamily& passed_over = page.family("isochrone_observer_passed_over_total", MetricType::Counter, "Reported networks that no client can be in.");
  MetricFamily& cells = page.family("isochrone_observed_cells", MetricType::Gauge, "Networks of which the region's gateways have measured the round-trip time.");
  MetricFamily& moved = page.family("isochrone_observed_moved_cells", MetricType::Gauge, "Those in which the region is ranked otherwise for it.");
  MetricFamily& clipped = page.family("isochrone_observed_clipped_cells", MetricType::Gauge,
                                      "Those in which it would be moved further, but for steering.correction.");
  for (const ObserverStatus& gateway : o.gateways) {
    const Names name{"region"};
    const std::vector<std::string> value{gateway.region};
    if (gateway.heard) Page::gauge(heard, name, value, to_seconds(*gateway.heard));
    Page::add(reports, {"region", "result"}, {gateway.region, "ok"}).counter.value = static_cast<double>(gateway.reports);
    Page::add(reports, {"region", "result"}, {gateway.region, "refused"}).counter.value = static_cast<double>(gateway.refused);
    Page::gauge(forgotten, name, value, static_cast<double>(gateway.forgotten));
    Page::add(passed_over, name, value).counter.value = static_cast<double>(gateway.passed_over);
    Page::gauge(cells, name, value, static_cast<double>(gateway.networks));
    Page::gauge(moved, name, value, static_cast<double>(gateway.moved));
    Page::gauge(clipped, name, value, static_cast<double>(gateway.clipped));
  }
}

void node(Page& page, const StatusReport& status, const MetricsSample& sample) {
  Page::gauge(page.family("isochrone_info", MetricType::Gauge, "Always 1; what runs here."), {"node", "version", "region"},
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
  page.counters("isochrone_config_reloads_total", "Loads of the configuration by result; a reading that found it as it was is one.", {"result"},
                {{{"ok"}, static_cast<double>(status.config.reloads)}, {{"failed"}, static_cast<double>(status.config.failed_reloads)}});
  page.histograms("isochrone_config_reload_seconds", "How long a load took.", {}, {{{}, sample.reload_seconds}});
  MetricFamily& serial = page.family("isochrone_zone_serial", MetricType::Gauge, "SOA serial of the zone.");
  for (const ZoneStatus& zone : status.zones) Page::gauge(serial, {"zone"}, {zone.name}, zone.serial);
  page.gauge("isochrone_drains", "Drains in force.", static_cast<double>(status.drains.size()));
  page.counter("isochrone_state_write_failures_total", "Times that state could not be written to disk.",
               static_cast<double>(sample.state_write_failures));
  page.gauge("isochrone_state_writable", "Whether everything that must survive a restart is on disk.", sample.state_writable);
}

void server(Page& page, const MetricsSample& sample) {
  page.counters("isochrone_queries_total", "Queries answered.", {"transport", "type", "rcode"}, sample.queries);
  page.counters("isochrone_answers_total", "Steered answers by the region given; region \"\" is several at once.",
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

void probing(Page& page, const MetricsSample& sample) {
  page.counters("isochrone_probes_total", "Probes of this node's own vantage by result.", {"result"}, sample.probes);
  page.histograms("isochrone_probe_phase_seconds", "Time that probes of this node's own vantage spent in each phase.",
                  {"phase", "region"}, sample.phases);
  page.histograms("isochrone_failover_seconds", "From the start of the first failed probe to the published answer, of each failover.", {},
                  {{{}, sample.failover}});
  page.histograms("isochrone_failover_bound_ratio", "The same, as a share of the pool's limit.", {},
                  {{{}, sample.failover_ratio}});
  page.counter("isochrone_switches_total", "Changes of the first region of a row of the latency map.",
               static_cast<double>(sample.switches));
  page.counters("isochrone_reports_total", "Reports of probe workers by result.", {"result"},
                {{{"ok"}, static_cast<double>(sample.reports)}, {{"refused"}, static_cast<double>(sample.bad_reports)}});
}

void prediction(Page& page, const StatusReport& status) {
  const PredictionStatus& p = status.prediction;
  if (!p.asked) return;
  page.gauge("isochrone_prediction_fallback", "Whether clients that nobody measured are ranked by distance alone.", !p.fallback.empty());
  page.gauge("isochrone_prediction_observations", "Pairs of places that the prediction has learnt from.", p.observations);
  page.gauge("isochrone_prediction_refused_observations", "Measurements that the last fit refused as absurd.", p.refused);
  page.gauge("isochrone_prediction_networks", "Client networks seen by gateways that the prediction has learnt from.",
             p.networks_refused ? 0 : p.networks);
  page.gauge("isochrone_prediction_networks_refused", "Whether what gateways see is left out, because measured rows are predicted worse with it.",
             p.networks_refused);
  page.gauge("isochrone_prediction_clipped_cells", "Predicted cells that networks seen by gateways would move further than steering.correction lets them.",
             p.clipped);
  page.gauge("isochrone_prediction_rows", "Predicted rows of the latency map.", p.rows);
  page.gauge("isochrone_prediction_fit_seconds", "How long the last fit took, rows included.", to_seconds(p.fit));
  page.gauge("isochrone_prediction_held_out_error_seconds",
             "Median error of the prediction on measured rows, each predicted from the others.", p.held_out_error_ms / 1000);
}

void cluster(Page& page, const StatusReport& status) {
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
  for (const ClusterNode& node : c.nodes) Page::gauge(revisions, {"node"}, {node.name}, static_cast<double>(node.revision));
}

void scopes(Page& page, const StatusReport& status) {
  const ScopesStatus& s = status.scopes;
  page.gauge("isochrone_scope_tables", "Tables of merged scopes; pools that choose alike share one.", static_cast<double>(s.tables));
  page.gauge("isochrone_scope_tables_bytes", "Memory of the tables of merged scopes.", static_cast<double>(s.octets));
  page.gauge("isochrone_scope_pools_left_out", "Pools and families whose scopes are blocks for want of memory.",
             static_cast<double>(s.pools_left_out));
  page.gauge("isochrone_scope_merge_seconds", "How long the last merge of scopes took.", to_seconds(s.merge));
}

}  // namespace

std::string exposition(const StatusReport& status, const MetricsSample& sample) {
  Page page;
  node(page, status, sample);
  server(page, sample);
  pools(page, status);
  gateways(page, status);
  vantages(page, status);
  regret(page, status);
  prediction(page, status);
  cluster(page, status);
  scopes(page, status);
  observed(page, status);
  probing(page, sample);
  return page.text();
}

}  // namespace isochrone::admin
