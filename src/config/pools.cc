#include "config/pools.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace isochrone::config {

namespace {

// Whether the pool has gateways of its own, too.
bool link_nested(const PoolConfig& from, const std::vector<zone::PoolId>& ids, std::vector<Gateway>& gateways) {
  bool own = false;
  for (size_t i = 0; i < gateways.size(); ++i) {
    own |= !gateways[i].nested;
    if (gateways[i].nested && from.nested[i] != PoolConfig::kNotNested) gateways[i].nested->id = ids[from.nested[i]];
  }
  return own;
}

std::shared_ptr<const steer::Serves> serves_of(const std::vector<Gateway>& gateways) {
  std::vector<std::pair<Prefix, steer::RegionId>> prefixes;
  steer::RegionSet rest;
  for (const Gateway& gateway : gateways) {
    if (gateway.number == steer::kNoRegion) continue;  // reported; this world is thrown away
    for (const Prefix& prefix : gateway.serves) prefixes.emplace_back(prefix, gateway.number);
    if (gateway.serves_rest) rest.add(gateway.number);
  }
  return std::make_shared<const steer::Serves>(std::move(prefixes), rest);
}

}  // namespace

std::vector<zone::PoolId> PoolMaker::add(const ZoneConfig& zone) {
  std::vector<zone::PoolId> ids(zone.pools.size(), zone::kNoPool);
  std::vector<const ServiceConfig*> first_service(zone.pools.size());
  for (const ServiceConfig& service : zone.services)
    if (first_service[service.pool] == nullptr) first_service[service.pool] = &service;
  for (size_t i = 0; i < zone.pools.size(); ++i) add_pool(zone, i, first_service, ids);
  return ids;
}

// Pools in a pool come before it.
void PoolMaker::add_pool(const ZoneConfig& zone, size_t i, const std::vector<const ServiceConfig*>& first_service,
                         std::vector<zone::PoolId>& ids) {
  const PoolConfig& from = zone.pools[i];
  if (!from.used || ids[i] != zone::kNoPool) return;
  for (const uint32_t inner : from.nested)
    if (inner != PoolConfig::kNotNested) add_pool(zone, inner, first_service, ids);
  Pool pool;
  pool.spec = from.settings.spec;
  pool.spec.name = zone.name + "/" + from.name;
  pool.zone = zone.name;
  pool.short_name = from.name;
  const health::ProbeSpec& probe = probes_.probes[from.settings.probe.value_or(0)].spec;
  pool.probe = probe.name;
  pool.quorum = from.settings.quorum;
  pool.slow_start = from.settings.slow_start;
  pool.gateways = from.gateways;
  if (pool.spec.routing == steer::Routing::Subnet) pool.spec.serves = serves_of(pool.gateways);
  if (pool.spec.routing == steer::Routing::Geographic) pool.spec.geography = localizer_.geography_of(pool.gateways);
  pool.failover_bound = link_nested(from, ids, pool.gateways) ? failover_bound(probe, pool.spec.ttl) : Duration{};
  for (const Gateway& gateway : pool.gateways)
    if (gateway.nested && gateway.nested->id != zone::kNoPool)
      pool.failover_bound = std::max(pool.failover_bound, world_.pools[gateway.nested->id].failover_bound);
  targets_.add_pool(zone, from, first_service[i], pool.gateways, problems_);
  ids[i] = static_cast<zone::PoolId>(world_.pools.size());
  world_.pools.push_back(std::move(pool));
}

}  // namespace isochrone::config
