#include "config/pool_settings.h"

#include <fmt/format.h>

#include "config/gateways.h"
#include "config/names.h"

namespace isochrone::config {

namespace {

// In the order of steer::Routing.
const std::vector<std::string_view> kRoutings{"latency", "priority", "weighted", "multivalue", "subnet", "geographic", "proximity"};

void read_routing(const Node* node, steer::PoolSpec& spec) {
  if (node == nullptr) return;
  if (const auto which = node->one_of(kRoutings)) spec.routing = static_cast<steer::Routing>(*which);
}

// What one method alone understands. Written with another it would do nothing, and its author believes it does; in
// `defaults` it is for those pools that use the method.
void read_method(Map& map, bool of_all_pools, steer::PoolSpec& spec) {
  read_routing(map.find("routing"), spec);
  const auto belongs_to = [&](steer::Routing method, std::string_view key) {
    if (of_all_pools || spec.routing == method) return true;
    const char* other = method == steer::Routing::Subnet ? " or geographic" : "";
    map.misplaced(key, fmt::format("it belongs to 'routing: {}{}'", kRoutings[static_cast<size_t>(method)], other));
    return false;
  };
  if (belongs_to(steer::Routing::Multivalue, "count"))
    spec.count = static_cast<uint8_t>(map.integer("count", spec.count, 1, steer::kMaxGiven));
  if (belongs_to(steer::Routing::Weighted, "per"))
    if (const Node* per = map.find("per"))
      if (const auto which = per->one_of({"network", "answer"})) spec.per_answer = *which == 1;
  if (spec.routing == steer::Routing::Geographic || belongs_to(steer::Routing::Subnet, "fallback"))
    if (const Node* fallback = map.find("fallback"))
      if (const auto which = fallback->one_of({"area", "none"})) spec.stay_in_area = *which == 1;
}

void read_all_down(const Node* node, steer::PoolSpec& spec) {
  if (node == nullptr) return;
  spec.all_down_addresses.clear();
  const std::vector<std::string_view> words{"serve-nearest", "serve-all", "nodata", "servfail"};
  if (node->kind() == Node::Kind::Text && !IpAddress::parse(node->written())) {
    if (const auto which = node->one_of(words, "addresses")) spec.all_down = static_cast<steer::AllDown>(*which);
    return;
  }
  spec.all_down = steer::AllDown::Address;
  for (const Node* item : node->list_or_one("expected addresses, or serve-nearest, serve-all, nodata, servfail"))
    if (const auto address = usable_address(*item)) spec.all_down_addresses.push_back(*address);
}

health::QuorumRule read_quorum(const Node* node, health::QuorumRule fallback) {
  if (node == nullptr) return fallback;
  const std::string text = node->text("majority, any, all, weighted or a number").value_or("majority");
  if (!text.empty() && text[0] >= '0' && text[0] <= '9')
    return {health::QuorumRule::Kind::Count, static_cast<int>(node->integer(1, 1000).value_or(1))};
  const std::vector<std::string_view> words{"majority", "any", "all", "weighted"};
  const auto which = text == "majority" ? 0 : node->one_of(words, "a number from 1 to 1000");
  return which ? health::QuorumRule{static_cast<health::QuorumRule::Kind>(*which), 1} : fallback;
}

// Whole seconds: that is what a TTL counts (RFC 1035 §3.2.1).
std::optional<wire::Ttl> read_ttl(Map& map, std::string_view key, Duration least) {
  const Node* node = map.find(key);
  const auto duration = node != nullptr ? node->duration() : std::nullopt;
  if (!duration) return std::nullopt;
  if (*duration % Duration(1s) == Duration::zero() && *duration >= least && *duration <= 168h)
    return static_cast<wire::Ttl>(*duration / 1s);
  node->error("is " + node->describe(),
              fmt::format("expected whole seconds, from {} to 7d", isochrone::to_text(least)));
  return std::nullopt;
}

void read_ttls(Map& map, steer::PoolSpec& spec) {
  const auto ttl = read_ttl(map, "ttl", 0s);
  const auto ttl_min = read_ttl(map, "ttl-min", 0s);
  if (ttl) spec.ttl = *ttl;
  if (ttl_min) spec.ttl_min = *ttl_min;
  if (spec.ttl_min <= spec.ttl) return;
  if (ttl_min) map.node()->find("ttl-min")->error(fmt::format("is {}s, more than ttl, {}s", spec.ttl_min, spec.ttl));
  spec.ttl_min = spec.ttl;  // a shorter ttl lowers the default with it
}

std::optional<size_t> read_probe_name(const Node* node, const ProbesConfig& probes, std::optional<size_t> fallback) {
  if (node == nullptr) return fallback;
  const auto name = node->text("a probe's name, or none");
  if (!name) return fallback;
  const auto found = probes.find_probe(*name);
  if (found) return found;
  std::string hint = did_you_mean(*name, probes.probe_names());
  node->error(fmt::format("there is no probe '{}'", *name), hint.empty() ? "probes are listed in probes/*.yaml" : hint);
  return fallback;
}

}  // namespace

PoolSettings read_pool_settings(Map& map, const PoolSettings& defaults, const ProbesConfig& probes) {
  PoolSettings settings = defaults;
  const bool of_all_pools = map.node() != nullptr && map.node()->path() == "defaults";
  read_method(map, of_all_pools, settings.spec);
  map.misplaced("min-healthy", "it belongs to a gateway that is a pool");
  settings.probe = read_probe_name(map.find("probe"), probes, defaults.probe);
  read_ttls(map, settings.spec);
  settings.spec.tolerance = map.duration("tolerance", defaults.spec.tolerance, 0ms, 10s);
  settings.slow_start = map.duration("slow-start", defaults.slow_start, 0ms, 1h);
  read_all_down(map.find("all-down"), settings.spec);
  settings.quorum = read_quorum(map.find("quorum"), defaults.quorum);
  if (const Node* families = map.find("families"))
    if (const auto which = families->one_of({"together", "separate"})) settings.spec.families_together = *which == 0;
  return settings;
}

Duration failover_bound(const health::ProbeSpec& probe, wire::Ttl ttl) {
  if (probe.kind == health::Kind::None) return {};
  constexpr Duration kPublish = 50ms;  // from a verdict to answers made from it
  const Duration jittered = std::chrono::duration_cast<Duration>(probe.interval * 1.1);
  return jittered + probe.fall * probe.timeout + (probe.fall - 1) * probe.recheck + kPublish +
         std::chrono::seconds(ttl);
}

}  // namespace isochrone::config
