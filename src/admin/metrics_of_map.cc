// The latency map: who measures, what that costs and foretells, and the scopes made from it.

#include <algorithm>

#include "admin/metrics_of.h"

namespace isochrone::admin::metrics_of {

using Names = MetricsPage::Names;

void vantages(MetricsPage& page, const StatusReport& status) {
  MetricFamily& rtt = page.family("isochrone_rtt_seconds", MetricType::Gauge, "Smoothed round-trip time of the vantage to the region.");
  MetricFamily& estimate = page.family("isochrone_estimate_seconds", MetricType::Gauge,
                                       "Latency that choices are made from: held round-trip time plus the cost of loss.");
  MetricFamily& loss = page.family("isochrone_loss_ratio", MetricType::Gauge, "Lower 95 % bound of the loss over five minutes of being up.");
  for (const VantageStatus& vantage : status.vantages)
    for (const EstimateStatus& e : vantage.estimates) {
      const Names names{"vantage", "region", "family"};
      const std::vector<std::string> values{vantage.view.name, e.region, name_of(e.family)};
      MetricsPage::gauge(rtt, names, values, to_seconds(e.view.rtt));
      if (e.view.held) MetricsPage::gauge(estimate, names, values, to_seconds(*e.view.held));
      MetricsPage::gauge(loss, names, values, e.view.loss);
    }
  MetricFamily& heard = page.family("isochrone_vantage_last_heard_seconds", MetricType::Gauge, "Time since the vantage was last heard of.");
  MetricFamily& suspect = page.family("isochrone_vantage_suspect", MetricType::Gauge,
                                      "Whether the vantage sees everything down while others do not, and is left out.");
  MetricFamily& stale = page.family("isochrone_vantage_stale", MetricType::Gauge,
                                    "Whether the vantage has no fresh verdict of anything, though there is something to probe.");
  for (const VantageStatus& vantage : status.vantages) {
    const health::VantageView& view = vantage.view;
    if (view.heard) MetricsPage::gauge(heard, {"vantage"}, {view.name}, to_seconds(*view.heard));
    MetricsPage::gauge(suspect, {"vantage"}, {view.name}, view.suspect);
    MetricsPage::gauge(stale, {"vantage"}, {view.name}, view.stale);
  }
  MetricFamily& stages = page.family("isochrone_estimates", MetricType::Gauge,
                                     "Regions and families that the vantage measures, by the stage of what it last measured.");
  for (const VantageStatus& vantage : status.vantages)
    for (const health::Stage stage : health::kStages)
      MetricsPage::gauge(stages, {"vantage", "stage"}, {vantage.view.name, std::string(name_of(stage))},
                  vantage.view.estimates[static_cast<size_t>(stage)]);
}

// What calm costs: a row's first region may be slower than another one until that one's lead has lasted.
void regret(MetricsPage& page, const StatusReport& status) {
  MetricFamily& now = page.family("isochrone_regret_seconds", MetricType::Gauge,
                                  "Estimate of the first region in the vantage's order minus the lowest one, of all regions, not of a pool's.");
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
      MetricsPage::gauge(now, {"vantage", "family"}, {view.name, name_of(family)}, to_seconds(view.regret[f]));
      MetricsPage::add(sum, {"vantage", "family"}, {view.name, name_of(family)}).counter.value = view.regret_seconds[f];
    }
    MetricsPage::add(switches, {"vantage"}, {view.name}).counter.value = static_cast<double>(view.switches);
  }
}

// Absent where no token lets anybody observe.
void observed(MetricsPage& page, const StatusReport& status) {
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
    if (gateway.heard) MetricsPage::gauge(heard, name, value, to_seconds(*gateway.heard));
    MetricsPage::add(reports, {"region", "result"}, {gateway.region, "ok"}).counter.value = static_cast<double>(gateway.reports);
    MetricsPage::add(reports, {"region", "result"}, {gateway.region, "refused"}).counter.value = static_cast<double>(gateway.refused);
    MetricsPage::gauge(forgotten, name, value, static_cast<double>(gateway.forgotten));
    MetricsPage::add(passed_over, name, value).counter.value = static_cast<double>(gateway.passed_over);
    MetricsPage::gauge(cells, name, value, static_cast<double>(gateway.networks));
    MetricsPage::gauge(moved, name, value, static_cast<double>(gateway.moved));
    MetricsPage::gauge(clipped, name, value, static_cast<double>(gateway.clipped));
  }
}

void prediction(MetricsPage& page, const StatusReport& status) {
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

void scopes(MetricsPage& page, const StatusReport& status) {
  const ScopesStatus& s = status.scopes;
  page.gauge("isochrone_scope_tables", "Tables of merged scopes; pools that choose alike share one.", static_cast<double>(s.tables));
  page.gauge("isochrone_scope_tables_bytes", "Memory of the tables of merged scopes.", static_cast<double>(s.octets));
  page.gauge("isochrone_scope_pools_left_out", "Pools and families whose scopes are blocks for want of memory.",
             static_cast<double>(s.pools_left_out));
  page.gauge("isochrone_scope_merge_seconds", "How long the last merge of scopes took.", to_seconds(s.merge));
}

}  // namespace isochrone::admin::metrics_of
