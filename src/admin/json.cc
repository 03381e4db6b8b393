#include "admin/json.h"

#include <nlohmann/json.hpp>

#include "steer/explain.h"

namespace isochrone::admin {

using nlohmann::json;

namespace {

json seconds(Duration duration) { return to_seconds(duration); }
json seconds(const std::optional<Duration>& duration) { return duration ? json(to_seconds(*duration)) : json(nullptr); }
json milliseconds(const std::optional<Duration>& duration) {
  return duration ? json(to_milliseconds(*duration)) : json(nullptr);
}

json to_json(const SightStatus& sight) {
  const health::TargetView& view = sight.view;
  json out{{"vantage", sight.vantage},
           {"verdict", to_text(view.verdict)},
           {"failing", view.failing},
           {"fresh", view.fresh},
           {"age", seconds(view.age)},
           {"since", seconds(view.since)},
           {"rtt_ms", milliseconds(view.rtt)},
           {"tries", view.tries},
           {"failures", view.failures},
           {"reason", view.reason}};
  if (view.certificate_expiry) out["certificate_expiry"] = *view.certificate_expiry;
  return out;
}

json to_json(const AddressStatus& address) {
  json out{{"address", address.address},
           {"probed", address.probed},
           {"verdict", to_text(address.verdict)},
           {"failing", address.failing},
           {"vantages", json::array()}};
  for (const SightStatus& sight : address.sights) out["vantages"].push_back(to_json(sight));
  return out;
}

json to_json(const GatewayStatus& gateway) {
  json out{{"region", gateway.region},
           {"weight", gateway.weight},
           {"enabled", gateway.enabled},
           {"drained", !gateway.drained_by.empty()},
           {"drained_by", gateway.drained_by},
           {"gone", gateway.gone},
           {"addresses", json::array()}};
  for (const AddressStatus& address : gateway.addresses) out["addresses"].push_back(to_json(address));
  if (gateway.load) out["load"] = *gateway.load;
  if (gateway.load || gateway.relief > Duration::zero()) out["relief_ms"] = to_milliseconds(gateway.relief);
  if (gateway.pool.empty()) return out;
  out["pool"] = gateway.pool;
  for (const auto& [family, verdict] : gateway.pool_verdicts) out["pool_verdicts"][family == Family::V4 ? "ipv4" : "ipv6"] = to_text(verdict);
  return out;
}

json to_json(const FamilyStatus& family) {
  return {{"served", family.served}, {"outcome", to_text(family.outcome)}, {"eligible", family.eligible}};
}

json to_json(const std::optional<FailoverStatus>& failover) {
  if (!failover) return nullptr;
  return {{"region", failover->region},
          {"address", failover->address},
          {"took", seconds(failover->took)},
          {"age", seconds(failover->age)}};
}

json to_json(const PoolStatus& pool) {
  json out{{"name", pool.name},
           {"probe", pool.probe},
           {"all_down", pool.all_down},
           {"services", pool.services},
           {"some_service", pool.some_service},
           {"failover_bound", seconds(pool.failover_bound)},
           {"failover_limit", seconds(pool.failover_limit)},
           {"failovers", pool.failovers},
           {"late_failovers", pool.late_failovers},
           {"last_failover", to_json(pool.last_failover)},
           {"ipv4", to_json(pool.v4)},
           {"ipv6", to_json(pool.v6)},
           {"gateways", json::array()}};
  for (const GatewayStatus& gateway : pool.gateways) out["gateways"].push_back(to_json(gateway));
  return out;
}

json to_json(const VantageStatus& vantage) {
  const health::VantageView& view = vantage.view;
  json out{{"name", view.name},
           {"own", vantage.own},
           {"suspect", view.suspect},
           {"stale", view.stale},
           {"stage", name_of(view.stage())},
           {"last_heard", seconds(view.heard)},
           {"up", view.up},
           {"down", view.down},
           {"reports", view.reports},
           {"refused", view.refused},
           {"unknown_targets", view.unknown_targets},
           {"regret_ms", {{"ipv4", to_milliseconds(view.regret[0])}, {"ipv6", to_milliseconds(view.regret[1])}}},
           {"switches", view.switches},
           {"estimates", json::array()}};
  for (const EstimateStatus& estimate : vantage.estimates)
    out["estimates"].push_back({{"region", estimate.region},
                                {"family", estimate.family == Family::V4 ? "ipv4" : "ipv6"},
                                {"estimate_ms", milliseconds(estimate.view.estimate)},
                                {"held_ms", milliseconds(estimate.view.held)},
                                {"rtt_ms", to_milliseconds(estimate.view.rtt)},
                                {"loss", estimate.view.loss},
                                {"age", seconds(estimate.view.age)},
                                {"stage", name_of(estimate.view.stage)}});
  return out;
}

json to_json(const ExplainObserved& observed) {
  return {{"rtt_ms", to_milliseconds(observed.rtt)},
          {"samples", observed.samples},
          {"age", seconds(observed.age)},
          {"access_ms", to_milliseconds(observed.access)},
          {"moved_ms", to_milliseconds(observed.moved)},
          {"clipped", observed.clipped}};
}

json to_json(const ObserverStatus& observer) {
  return {{"region", observer.region},
          {"last_heard", seconds(observer.heard)},
          {"reports", observer.reports},
          {"refused", observer.refused},
          {"passed_over", observer.passed_over},
          {"forgotten", observer.forgotten},
          {"networks", observer.networks},
          {"moved", observer.moved},
          {"clipped", observer.clipped}};
}

}  // namespace

json to_json(const ClusterStatus& cluster) {
  json out{{"name", cluster.name},       {"reached", cluster.reached},         {"away", seconds(cluster.away)},     {"trouble", cluster.trouble},
           {"revision", cluster.revision}, {"who", cluster.who},               {"why", cluster.why},                {"pushed", seconds(cluster.pushed)},
           {"refused", cluster.refused}, {"fault", cluster.fault}, {"writes_refused", cluster.writes_refused}, {"named_twice", cluster.named_twice}, {"diverges", cluster.diverges},
           {"misunderstood", cluster.misunderstood}, {"nodes", json::array()}};
  for (const ClusterNode& node : cluster.nodes)
    out["nodes"].push_back({{"name", node.name}, {"region", node.region}, {"version", node.version}, {"revision", node.revision}, {"refused", node.refused},
                            {"fault", node.fault}, {"answers", node.answers}, {"vantages", node.vantages}, {"heard", seconds(node.heard)}});
  return out;
}

json to_json(const StatusReport& report) {
  json out{{"node", report.node},
           {"version", report.version},
           {"region", report.region},
           {"uptime", seconds(report.uptime)},
           {"ready", report.ready},
           {"snapshot", {{"generation", report.generation}, {"age", seconds(report.snapshot_age)}}},
           {"config",
            {{"last_reload_ok", report.config.last_reload_ok},
             {"age", seconds(report.config.age)},
             {"reloads", report.config.reloads},
             {"failed_reloads", report.config.failed_reloads},
             {"error", report.config.error},
             {"from_last_good", report.config.from_last_good},
             {"warnings", report.config.warnings}}},
           {"scopes",
            {{"tables", report.scopes.tables},
             {"octets", report.scopes.octets},
             {"pools_left_out", report.scopes.pools_left_out},
             {"merge", seconds(report.scopes.merge)}}},
           {"zones", json::array()},
           {"pools", json::array()},
           {"vantages", json::array()},
           {"observed",
            {{"networks", report.observed.networks},
             {"evicted", report.observed.evicted},
             {"weave", seconds(report.observed.weave)},
             {"gateways", json::array()}}},
           {"drains", json::array()},
           {"notices", report.notices}};
  if (const PredictionStatus& p = report.prediction; p.asked)
    out["prediction"] = {{"fallback", p.fallback},       {"observations", p.observations},
                         {"refused", p.refused},         {"places", p.places},
                         {"rows", p.rows},               {"held_out_error_ms", p.held_out_error_ms},
                         {"fit", seconds(p.fit)},        {"networks", p.networks},
                         {"clipped", p.clipped},         {"networks_refused", p.networks_refused}};
  if (!report.cluster.name.empty()) out["cluster"] = to_json(report.cluster);
  for (const ZoneStatus& zone : report.zones)
    out["zones"].push_back(
        {{"name", zone.name}, {"serial", zone.serial}, {"records", zone.records}, {"services", zone.services}});
  for (const PoolStatus& pool : report.pools) out["pools"].push_back(to_json(pool));
  for (const VantageStatus& vantage : report.vantages) out["vantages"].push_back(to_json(vantage));
  for (const ObserverStatus& observer : report.observed.gateways) out["observed"]["gateways"].push_back(to_json(observer));
  for (const DrainStatus& drain : report.drains)
    out["drains"].push_back({{"target", drain.target},
                             {"reason", drain.reason},
                             {"by", drain.by},
                             {"age", seconds(drain.age)},
                             {"expires_in", seconds(drain.expires_in)}});
  return out;
}

json to_json(const Explanation& e) {
  json out{{"name", e.name},
           {"type", e.type},
           {"rcode", e.rcode},
           {"pool", e.pool},
           {"service", e.service},
           {"client", e.client},
           {"block", e.block},
           {"vantage", e.vantage},
           {"outcome", e.outcome},
           {"decided_by", e.decided_by},
           {"estimates", json::array()},
           {"band", e.band},
           {"answer", e.answer},
           {"ttl", e.ttl},
           {"ttl_reason", e.ttl_reason},
           {"scope", e.scope ? json(*e.scope) : json(nullptr)},
           {"scope_reason", e.scope_reason}};
  for (const ExplainEstimate& estimate : e.estimates) {
    out["estimates"].push_back({{"region", estimate.region},
                                {"estimate_ms", milliseconds(estimate.estimate)},
                                {"source", estimate.source},
                                {"age", seconds(estimate.age)},
                                {"stage", estimate.stage ? json(name_of(*estimate.stage)) : json()},
                                {"verdict", estimate.verdict},
                                {"eligible", estimate.eligible},
                                {"chosen", estimate.chosen}});
    if (estimate.observed) out["estimates"].back()["observed"] = to_json(*estimate.observed);
  }
  return out;
}

json to_json(const DrainReply& reply) {
  json out{{"target", reply.target}, {"services", reply.services}, {"service_count", reply.service_count}, {"ends_in", seconds(reply.ends_in)}, {"takes", seconds(reply.takes)}, {"replaced", nullptr}};
  if (const auto& before = reply.replaced) out["replaced"] = {{"reason", before->reason}, {"by", before->by}, {"ends_in", seconds(before->ends_in)}};
  return out;
}

json to_json(const ReloadReply& reply) {
  return {{"ok", reply.ok}, {"problems", reply.problems}, {"took", seconds(reply.took)}};
}

}  // namespace isochrone::admin
