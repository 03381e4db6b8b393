#include "config/warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace isochrone::config {

namespace {

steer::RegionSet regions_with(const PoolConfig& pool, Family family) {
  steer::RegionSet regions;
  for (const Gateway& gateway : pool.gateways) {
    const bool has = std::any_of(gateway.addresses.begin(), gateway.addresses.end(),
                                 [&](auto& a) { return a.name || a.address.family == family; });
    if (has && gateway.enabled && gateway.region != steer::kNoRegion) regions.add(gateway.region);
  }
  return regions;
}

// The most that a client of the tables loses by the family that has fewer regions.
std::optional<Duration> widest_gap(const steer::LatencyMap& map, const steer::RegionSet& v4,
                                   const steer::RegionSet& v6) {
  constexpr uint32_t kLooked = 10000;  // sources; a warning need not cost what the map costs
  const uint32_t step = map.source_count() / kLooked + 1;
  std::optional<Duration> widest;
  for (uint32_t i = 0; i < map.source_count(); i += step) {
    const steer::Source& source = map.source(i);
    if (source.row & steer::Source::kLive) continue;
    const steer::RowView row = map.rows().row(source.row);
    std::optional<Duration> best4, best6;
    for (size_t at = 0; at < row.order.size(); ++at) {
      if (!best4 && v4.has(row.order[at])) best4 = row.held[at].value();
      if (!best6 && v6.has(row.order[at])) best6 = row.held[at].value();
    }
    if (best4 && best6)
      widest = std::max(widest.value_or(Duration::zero()), Duration(std::chrono::abs(*best4 - *best6)));
  }
  return widest;
}

std::string names_of(const steer::RegionSet& regions, const ProbesConfig& probes) {
  std::string names;
  regions.for_each([&](steer::RegionId r) { names += (names.empty() ? "" : ", ") + probes.regions[r].name; });
  return names;
}

void warn_of_families(const PoolConfig& pool, const ProbesConfig& probes, const steer::LatencyMap& map,
                      Problems& problems) {
  const steer::RegionSet v4 = regions_with(pool, Family::V4), v6 = regions_with(pool, Family::V6);
  if (v4.empty() || v6.empty() || v4 == v6 || pool.settings.spec.families_together) return;
  const steer::RegionSet only4 = v4.without(v6), only6 = v6.without(v4);
  std::string what = "AAAA may be steered elsewhere than A:";
  if (!only4.empty()) what += fmt::format(" no IPv6 address in {}", names_of(only4, probes));
  if (!only6.empty())
    what += fmt::format("{} no IPv4 address in {}", only4.empty() ? "" : ",", names_of(only6, probes));
  if (const auto gap = widest_gap(map, v4, v6); gap && *gap > Duration::zero())
    what += fmt::format("; up to {} apart for clients of the tables", isochrone::to_text(*gap));
  problems.warn(pool.place, pool.key, what, "add the addresses, or say 'families: together'");
}

void warn_of_weights(const PoolConfig& pool, Problems& problems) {
  const auto& gateways = pool.gateways;
  const steer::PoolSpec& spec = pool.settings.spec;
  if (spec.routing == steer::Routing::Weighted || gateways.size() < 2) return;
  if (std::all_of(gateways.begin(), gateways.end(), [&](auto& g) { return g.weight == gateways[0].weight; })) return;
  if (spec.routing == steer::Routing::Multivalue)
    return problems.warn(pool.place, pool.key, "weights do not act with 'routing: multivalue'",
                         "leave them out: every client is given its nearest ones");
  if (spec.routing == steer::Routing::Proximity)
    return problems.warn(pool.place, pool.key, "weights do not act with 'routing: proximity'", "say how far a region reaches, as in 'bias: 25'");
  if (spec.tolerance > Duration::zero()) return;
  problems.warn(pool.place, pool.key, "weights act only between regions within 'tolerance' of the best, and it is 0",
                "set a tolerance, as in 'tolerance: 10ms'");
}

void warn_of_the_unserved(const PoolConfig& pool, Problems& problems) {
  const auto& gateways = pool.gateways;
  if (!steer::has_areas(pool.settings.spec.routing)) return;
  if (std::any_of(gateways.begin(), gateways.end(), [](auto& g) { return g.serves_rest; })) return;
  problems.warn(pool.place, pool.key, "clients that no gateway serves are sent to any of them, by latency",
                "say 'serves: \"*\"' in the gateway that is for everybody else");
}

// With `fallback: none` a network stays with its gateways whatever happens.
void warn_of_shedding(const PoolConfig& pool, Problems& problems) {
  const bool sheds = pool.settings.slow_start > Duration::zero() ||
                     std::any_of(pool.gateways.begin(), pool.gateways.end(), [](auto& g) { return g.shed != 0; });
  const steer::PoolSpec& spec = pool.settings.spec;
  if (sheds && steer::has_areas(spec.routing) && spec.stay_in_area)
    problems.warn(pool.place, pool.key, "nothing is shed with 'fallback: none'", "say 'fallback: area', or leave shed and slow-start out");
}

// Nobody leaves an area that has no other.
void warn_of_load(const PoolConfig& pool, const ProbesConfig& probes, Problems& problems) {
  const steer::PoolSpec& spec = pool.settings.spec;
  if (!pool.settings.probe || !probes.probes[*pool.settings.probe].spec.load) return;
  if (steer::has_areas(spec.routing) && spec.stay_in_area)
    problems.warn(pool.place, pool.key, "the load that its probe reads does not act with 'fallback: none'", "give it a probe without 'load'");
}

void warn_of_shared_addresses(const PoolConfig& pool, const ProbesConfig& probes, Problems& problems) {
  std::vector<std::pair<std::string, steer::RegionId>> all;
  for (const Gateway& gateway : pool.gateways)
    for (const GatewayAddress& a : gateway.addresses)
      if (gateway.region != steer::kNoRegion) all.emplace_back(a.to_text(), gateway.region);
  std::sort(all.begin(), all.end());
  for (size_t i = 1; i < all.size(); ++i)
    if (all[i].first == all[i - 1].first && all[i].second != all[i - 1].second)
      problems.warn(pool.place, pool.key,
                    fmt::format("{} is the {} of '{}' and of '{}'", all[i].first, pool.gives_names ? "name" : "address",
                                probes.regions[all[i - 1].second].name, probes.regions[all[i].second].name));
}

}  // namespace

void warn_of_pool(const PoolConfig& pool, const ProbesConfig& probes, const steer::LatencyMap& map, size_t vantages,
                  Problems& problems) {
  if (!pool.used) return problems.warn(pool.place, pool.key, "no service uses this pool");
  warn_of_weights(pool, problems);
  warn_of_the_unserved(pool, problems);
  warn_of_shedding(pool, problems);
  warn_of_load(pool, probes, problems);
  warn_of_families(pool, probes, map, problems);
  warn_of_shared_addresses(pool, probes, problems);
  const health::QuorumRule& quorum = pool.settings.quorum;
  if (quorum.kind == health::QuorumRule::Kind::Count && static_cast<size_t>(quorum.count) > vantages)
    problems.warn(pool.place, pool.key,
                  fmt::format("quorum {} is more than there are vantages ({}): nothing is ever found down",
                              quorum.count, vantages));
}

void warn_of_unused(const ProbesConfig& probes, const std::vector<ZoneConfig>& zones, const NodeConfig& node,
                    Problems& problems) {
  std::vector<bool> probe_used(probes.probes.size()), region_used(probes.regions.size());
  for (const ZoneConfig& zone : zones)
    for (const PoolConfig& pool : zone.pools) {
      if (pool.settings.probe) probe_used[*pool.settings.probe] = true;
      for (const Gateway& gateway : pool.gateways)
        if (gateway.region != steer::kNoRegion) region_used[gateway.region] = true;
    }
  for (size_t i = 1; i < probes.probes.size(); ++i)
    if (!probe_used[i])
      problems.warn(probes.probes[i].place, "probes." + probes.probes[i].spec.name, "no pool uses this probe");
  for (size_t i = 0; i < probes.regions.size(); ++i)
    if (!region_used[i] && probes.regions[i].name != node.region && probes.regions[i].beacons.empty())
      problems.warn(probes.regions[i].place, "regions." + probes.regions[i].name, "no gateway is in this region");
}

void warn_of_undelegated(const std::vector<ZoneConfig>& zones, const zone::ZoneSet& served, Problems& problems) {
  for (const ZoneConfig& zone : zones) {
    wire::QName apex;
    apex.assign(zone.apex.wire());
    const zone::ZoneSet::Match parent = served.find(apex, /*strictly_above=*/true);
    if (!parent.zone) continue;
    const zone::Found found = parent.zone->find(apex, parent.apex_suffix);
    if (found.cut || found.dname) continue;  // at the name, or above it: then the parent is a zone of others
    problems.warn(zone.place, "zone",
                  fmt::format("'{}' is not delegated by '{}', which is served here too", zone.name, parent.zone->apex().to_host_text()),
                  "expected its NS records there: who asks for its DS is told that it does not exist");
  }
}

}  // namespace isochrone::config
