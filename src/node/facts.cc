// The node's side of the admin interface: what is told and done for it, on the control thread.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "node/clock.h"
#include "node/drain_target.h"
#include "node/explain.h"
#include "node/guards.h"
#include "node/node.h"
#include "node/status.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

constexpr size_t kServicesTold = 20;

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
  const Time at = now();
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
                         fitted.held_out_error_ms, prediction_.took};
  }
  if (const auto& scopes = publisher_->snapshot().steering.scopes)
    report.scopes = {scopes->tables(), scopes->memory(), scopes->pools_left_out()};
  report.scopes.merge = merge_took_;
  if (config::is_observed(config_)) report.observed = observed_status(config_, publisher_->world(), observers_, ledger_, at);
  report.observed.weave = observatory_->weave_took();
  report.drains = drain_status(drains_, unix_now());
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

Result<admin::Explanation> Node::explain(const admin::ExplainRequest& request) const {
  return node::explain(request, {publisher_->snapshot(), publisher_->world(), health_, drains_, now()});
}

// In some family, by the quorum.
bool Node::is_gateway_up(const config::Pool& pool, const config::Gateway& gateway) const {
  if (gateway.nested) {
    const steer::Pool& inner = *publisher_->snapshot().steering.pools[gateway.nested->id];
    return std::ranges::any_of(std::array{Family::V4, Family::V6}, [&](Family family) { return !inner.family(family).views.empty() && inner.family(family).views[0].outcome == steer::Outcome::Steered; });
  }
  return std::ranges::any_of(gateway.addresses, [&](const config::GatewayAddress& address) {
    return !address.target || health_.address_state(*address.target, pool.quorum, now()).quorum != steer::Verdict::Down;
  });
}

void Node::drain(const admin::DrainRequest& request, bool set, std::function<void(Result<admin::DrainReply>)> done) {
  const config::World& world = publisher_->world();
  const auto target = parse_drain_target(request.target, world);
  if (!target) return done(tl::unexpected(target.error()));
  Drain drain{target->pool, target->region, request.reason, request.by, unix_now(), std::nullopt};
  if (request.duration) drain.until = drain.since + std::chrono::ceil<std::chrono::seconds>(*request.duration).count();
  const std::string named = drain.target();
  const Drain* const before = drains_.of_target(drain.pool, drain.region);
  if (!set && before == nullptr) return done(fail(fmt::format("{} is not drained", named)));
  const IsUp is_up = [this](const config::Pool& pool, const config::Gateway& gateway) { return is_gateway_up(pool, gateway); };
  if (set)
    if (const Status allowed = check_guards(world, drains_, drain, is_up); !allowed) return done(tl::unexpected(allowed.error()));
  std::vector<std::string> services = services_of(*target, world);
  admin::DrainReply reply{.target = named, .services = {}, .service_count = services.size()};
  if (set && drain.until) reply.ends_in = std::chrono::seconds(*drain.until - drain.since);
  if (set && before != nullptr) drain.since = before->since;  // who has left stays away
  if (set && world.guards.drain_rate != 0) reply.takes = drain.takes(world.guards.drain_rate);
  services.resize(std::min(services.size(), kServicesTold));
  reply.services = std::move(services);
  const auto told_to_log = [=] {
    log::info(set ? "drained" : "undrained",
              {{"target", named}, {"by", request.by}, {"reason", request.reason},
               {"for", drain.until ? to_text(std::chrono::seconds(*drain.until - drain.since)) : std::string("ever")}});
  };
  if (cluster_) {
    if (set && request.here && !cluster_->status().reached) {
      cluster_->owe(drain);
      drain.here = true;
      drains_.add(drain);
      drains_changed();
      told_to_log();
      return done(std::move(reply));
    }
    // It acts here as everywhere: when it comes back through etcd.
    const std::string instead = set ? "; drain --here drains on this node alone" : "";
    const auto told = [reply, told_to_log, instead, done = std::move(done)](const Status& written) {
      if (!written) return done(fail("not known to be done, on any node: " + written.error().text + instead));
      told_to_log();
      done(reply);
    };
    return set ? cluster_->put_drain(drain, told) : cluster_->remove_drain(drain, told);
  }
  // Written down before it acts: what an operator ordered must not be lost by a crash.
  if (set) drains_.add(drain);
  else drains_.remove(target->pool, target->region);
  drains_changed();
  told_to_log();
  done(std::move(reply));
}

Result<health::Plan> Node::plan_for(const std::string& vantage) const {
  const config::World& world = publisher_->world();
  for (size_t v = 1; v < world.vantages.size(); ++v)
    if (world.vantages[v].name == vantage) return world.plan;
  return fail(fmt::format("there is no vantage '{}' in the configuration", vantage));
}

Status Node::take_report(const health::VantageReport& report) {
  const Status taken = health_.report(report, Duration::zero(), now());
  if (!taken) refused_report(report.vantage, taken.error().text);
  else measures_.report(true);
  if (taken) receipts_.take(report, now());
  if (taken && refusals_.over(report.vantage)) log::info("reports are taken again", {{"from", report.vantage}});
  health_moved();
  return taken;
}

Status Node::take_observations(const health::ObservationReport& report) {
  if (!config::is_observed(config_)) return fail("nobody may observe here: no token of admin.tokens says observe:REGION");
  const Status taken = observers_.take(report, publisher_->world().regions, ledger_, now());
  const std::string who = "gateways of " + report.region;
  if (!taken) return refused_report(who, taken.error().text), taken;
  measures_.report(true);
  if (refusals_.over(who)) log::info("reports are taken again", {{"from", who}});
  observations_moved_ = true;
  observatory_->moved();
  return {};
}

void Node::refused_report(const std::string& who, const std::string& why) {
  measures_.report(false);
  if (refusals_.worth_saying(who, why, now())) log::warning("report refused", {{"from", who}, {"fault", why}});
}

}  // namespace isochrone::node
