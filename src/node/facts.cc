// The node's side of the admin interface: what is told and done for it, on the control thread.

#include <fmt/format.h>

#include "loop/clock.h"
#include "node/explain.h"
#include "node/node.h"
#include "node/status.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

std::string observers_of(const std::string& region) { return "gateways of " + region; }  // in the log

double number(uint64_t n) { return static_cast<double>(n); }

admin::Histogram to_admin(const answer::Histogram<uint64_t>& histogram) {
  admin::Histogram out;
  for (const uint64_t ns : answer::kLatencyBounds) out.bounds.push_back(static_cast<double>(ns) * 1e-9);
  out.counts.assign(histogram.buckets.begin(), histogram.buckets.end());
  out.sum = number(histogram.sum_ns) * 1e-9;
  return out;
}

void add_queries(const answer::Totals& totals, admin::MetricsSample& sample) {
  for (size_t t = 0; t < totals.queries.size(); ++t)
    for (size_t type = 0; type < answer::kTypeBuckets; ++type)
      for (size_t rcode = 0; rcode < answer::kRcodeBuckets; ++rcode) {
        const uint64_t count = totals.queries[t][type][rcode];
        if (count == 0) continue;
        sample.queries.push_back({{t == 0 ? "udp" : "tcp",
                                   type < answer::kCountedTypes.size() ? wire::to_text(answer::kCountedTypes[type]) : "other",
                                   wire::to_text(answer::kCountedRcodes[rcode])},
                                  number(count)});
      }
}

// "zone/pool" → zone, as the label `zone` of answers.
std::string zone_of(const std::string& pool) { return pool.substr(0, pool.find('/')); }

}  // namespace

admin::StatusReport Node::status() const {
  const Time at = loop::now();
  admin::StatusReport report;
  report.node = config_.node;
  report.version = ISOCHRONE_VERSION;
  report.region = config_.region;
  report.uptime = at - started_;
  report.snapshot_age = at - publisher_->published_at();
  report.generation = publisher_->snapshot().generation;
  report.ready = ready_;
  report.config = config_status_;
  report.config.age = at - loaded_at_;
  report.zones = zone_status(publisher_->world());
  report.pools = pool_status(*publisher_, health_, drains_, failovers_, at);
  report.vantages = vantage_status(publisher_->world(), health_, at);
  if (prediction_.rows) {
    const predict::Report& fitted = prediction_.report;
    report.prediction = {true, std::string(predict::to_text(fitted.fallback)), fitted.observations,
                         static_cast<uint32_t>(publisher_->world().places.size()),
                         static_cast<uint32_t>(prediction_.rows->row_of.size()), fitted.refused,
                         fitted.held_out_error_ms, prediction_.took, fitted.networks, prediction_.clipped,
                         fitted.teaching == predict::Teaching::NotBetter};
  }
  if (const auto& scopes = publisher_->snapshot().steering.scopes)
    report.scopes = {scopes->tables(), scopes->memory(), scopes->pools_left_out()};
  report.scopes.merge = merge_took_;
  if (config::is_observed(config_)) report.observed = observed_status(config_, publisher_->world(), observers_, ledger_, at);
  report.observed.weave = observatory_->weave_took();
  report.drains = drain_status(drains_, loop::unix_now());
  report.notices = keeper_->notices();
  if (cluster_) report.cluster = cluster_->status();
  return report;
}

admin::MetricsSample Node::metrics() const {
  admin::MetricsSample sample;
  measures_.fill(sample);
  sample.state_writable = keeper_->is_well();
  const answer::Totals totals = counters_.totals();
  add_queries(totals, sample);
  for (const auto& [pool, region, answers, all_down] : counters_.answers()) {
    if (all_down) sample.all_down_answers.push_back({{pool}, number(answers)});
    else sample.answers.push_back({{zone_of(pool), pool, region}, number(answers)});
  }
  sample.dropped = {{{"response"}, number(totals.dropped_response)},
                    {{"short"}, number(totals.dropped_short)},
                    {{"source"}, number(totals.dropped_source)},
                    {{"send"}, number(totals.dropped_send)}};
  sample.truncated = {{{"udp"}, number(totals.truncated)}};
  sample.cookies = {{{"fresh"}, number(totals.cookies_fresh)},
                    {{"valid"}, number(totals.cookies_valid)},
                    {{"invalid"}, number(totals.cookies_invalid)}};
  sample.not_logged = counters_.queries_not_logged();
  sample.ecs_queries = totals.client_subnet;
  sample.latency = {{{"udp"}, to_admin(totals.latency[0])}, {{"tcp"}, to_admin(totals.latency[1])}};
  sample.tcp = {{{"accepted"}, number(totals.tcp_accepted)},
                {{"closed_idle"}, number(totals.tcp_closed_idle)},
                {{"closed_limit"}, number(totals.tcp_closed_limit)},
                {{"closed_unread"}, number(net_->tcp_closed_unread())},
                {{"closed_error"}, number(totals.tcp_closed_error)}};
  sample.tcp_open = net_->tcp_open();
  sample.tcp_held = static_cast<double>(net_->tcp_held());
  return sample;
}

admin::Explanation Node::explain(const admin::ExplainRequest& request) const {
  return node::explain(request, {publisher_->snapshot(), publisher_->world(), health_, drains_, loop::now()});
}

Result<health::Plan> Node::plan_for(const std::string& vantage) const {
  const config::World& world = publisher_->world();
  for (size_t v = 1; v < world.vantages.size(); ++v)
    if (world.vantages[v].name == vantage) return world.plan;
  return fail(fmt::format("there is no vantage '{}' in the configuration", vantage));
}

Status Node::take_report(const health::VantageReport& report, Duration age) {
  const Status taken = health_.report(report, age, loop::now());
  if (!taken) refused_report(report.vantage, taken.error().text);
  else measures_.report(true);
  if (taken) receipts_.take(report, loop::now());
  if (taken && refusals_.over(report.vantage)) log::info("reports are taken again", {{"from", report.vantage}});
  health_moved();
  return taken;
}

Status Node::take_observations(const health::ObservationReport& report) {
  if (!config::is_observed(config_)) return fail("nobody may observe here: no token of admin.tokens says observe:REGION");
  const Status taken = observers_.take(report, publisher_->world().regions, ledger_, loop::now());
  const std::string who = observers_of(report.region);
  if (!taken) return refused_report(who, taken.error().text), taken;
  measures_.report(true);
  if (refusals_.over(who)) log::info("reports are taken again", {{"from", who}});
  observations_moved_ = true;
  observatory_->moved();
  note_lessons();
  return {};
}

void Node::refused_report(const std::string& who, const std::string& why) {
  measures_.report(false);
  if (refusals_.worth_saying(who, why, loop::now())) log::warning("report refused", {{"from", who}, {"fault", why}});
}

void Node::refused_observations(const std::string& region, const std::string& why) {
  observers_.refuse(region);
  refused_report(observers_of(region), why);
}

void Node::refused_order(const std::string& who, const std::string& what, const std::string& why) {
  if (refused_orders_.worth_saying(who, why, loop::now())) log::warning("order refused", {{"from", who}, {"order", what}, {"fault", why}});
}

}  // namespace isochrone::node
