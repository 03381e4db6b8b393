#include "node/status.h"

#include <algorithm>
#include <map>

#include "loop/clock.h"
#include "steer/verdicts.h"

namespace isochrone::node {

namespace {

const char* to_text(steer::AllDown policy) {
  switch (policy) {
    case steer::AllDown::ServeNearest: return "serve-nearest";
    case steer::AllDown::ServeAll: return "serve-all";
    case steer::AllDown::NoData: return "nodata";
    case steer::AllDown::ServFail: return "servfail";
    case steer::AllDown::Address: return "address";
  }
  return "";
}

admin::FamilyStatus family_status(const steer::Pool& pool, Family which, const std::vector<steer::Region>& regions) {
  const steer::PoolFamily& family = pool.family(which);
  admin::FamilyStatus status;
  status.served = family.may_answer();
  if (!status.served) return status;
  status.outcome = family.views[0].outcome;
  family.views[0].eligible.for_each([&](steer::RegionId r) { status.eligible.emplace_back(steer::name_of(pool, regions, r)); });
  return status;
}

admin::AddressStatus address_status(const config::GatewayAddress& address, const config::Pool& pool,
                                    const config::World& world, const health::Health& health, Time now) {
  admin::AddressStatus status;
  status.address = address.to_text();
  status.is_name = address.name != nullptr;
  status.probed = address.target.has_value();
  status.verdict = steer::Verdict::Up;
  if (!address.target) return status;
  const steer::AddressState state = health.address_state(*address.target, pool.quorum, now);
  status.verdict = state.quorum;
  status.failing = state.failing;
  for (size_t v = 0; v < world.vantages.size(); ++v) {
    health::TargetView view = health.view(*address.target, static_cast<steer::VantageId>(v), now);
    // A vantage that never said anything of the target has no say.
    if (view.verdict == steer::Verdict::Unknown && view.tries == 0) continue;
    status.sights.push_back({world.vantages[v].name, std::move(view)});
  }
  return status;
}

admin::GatewayStatus gateway_status(const config::Gateway& gateway, const config::Pool& pool, const config::World& world,
                                    const health::Health& health, const sync::Drains& drains, Time now) {
  admin::GatewayStatus status;
  status.region = config::name_of(gateway, world);
  status.weight = gateway.weight;
  status.enabled = gateway.enabled;
  if (const sync::Drain* drain = drains.find(pool.spec.name, status.region)) status.drained_by = drain->target() + ": " + drain->reason;
  status.gone = drains.gone(pool.spec.name, status.region, world.guards.drain_rate, loop::unix_now()) / double{sync::kAllGone};
  if (const auto load = load_of(gateway, health, now)) status.load = load->share;
  for (const config::GatewayAddress& address : gateway.addresses)
    status.addresses.push_back(address_status(address, pool, world, health, now));
  return status;
}

// A pool in the pool: up in a family while enough of its gateways are.
void take_nested(admin::GatewayStatus& status, const steer::GatewayState& gateway) {
  status.pool = gateway.nested->spec.name;
  for (const Family family : {Family::V4, Family::V6})
    if (gateway.nested->family(family).may_answer())
      status.pool_verdicts.emplace_back(family, steer::verdict_of(gateway, family, steer::kNoVantage));
}

void take_failovers(admin::PoolStatus& status, const config::Pool& pool, const Failovers::Tally& tally, Time now) {
  status.failover_bound = pool.failover_bound;
  if (pool.failover_bound > Duration::zero())
    status.failover_limit = pool.failover_bound - std::chrono::seconds(pool.spec.ttl);
  status.failovers = tally.count;
  status.late_failovers = tally.late;
  if (!tally.last) return;
  status.last_failover = {tally.last->region, tally.last->address, tally.last->took, now - tally.last->at};
}

}  // namespace

std::vector<admin::ZoneStatus> zone_status(const config::World& world) {
  std::map<std::string, uint32_t> services;
  for (const config::Service& service : world.services) services[service.zone]++;
  std::vector<admin::ZoneStatus> out;
  for (const auto& zone : world.zones.zones()) {
    const std::string name = zone->apex().to_host_text();
    out.push_back({name, zone->serial(), zone->record_count(), services[name]});
  }
  return out;
}

std::vector<admin::PoolStatus> pool_status(const Publisher& publisher, const health::Health& health, const sync::Drains& drains,
                                           const Failovers& failovers, Time now) {
  const config::World& world = publisher.world();
  std::vector<bool> covering;
  for (const config::Vantage& vantage : world.vantages)
    covering.push_back(!vantage.covers.empty() || !vantage.covers_as.empty() || !vantage.covers_countries.empty());
  std::vector<admin::PoolStatus> out;
  for (size_t id = 0; id < world.pools.size(); ++id) {
    const config::Pool& pool = world.pools[id];
    const steer::Pool& built = *publisher.snapshot().steering.pools[id];
    admin::PoolStatus& status = out.emplace_back();
    status.name = pool.spec.name;
    status.probe = pool.probe;
    status.all_down = to_text(pool.spec.all_down);
    status.services = static_cast<uint32_t>(pool.services.size());
    if (!pool.services.empty()) status.some_service = pool.services.front();
    take_failovers(status, pool, failovers.tally(pool.spec.name), now);
    status.v4 = family_status(built, Family::V4, world.regions);
    status.v6 = family_status(built, Family::V6, world.regions);
    status.lowered = steer::lowered(publisher.snapshot().steering, built, covering);
    for (size_t g = 0; g < pool.gateways.size(); ++g) {
      status.gateways.push_back(gateway_status(pool.gateways[g], pool, world, health, drains, now));
      status.gateways.back().relief = publisher.relief(pool, status.gateways.back().region);
      if (pool.gateways[g].nested) take_nested(status.gateways.back(), built.gateways[g]);
    }
  }
  return out;
}

std::vector<admin::VantageStatus> vantage_status(const config::World& world, const health::Health& health, Time now) {
  std::vector<admin::VantageStatus> out;
  for (size_t v = 0; v < world.vantages.size(); ++v) {
    const auto id = static_cast<steer::VantageId>(v);
    admin::VantageStatus& status = out.emplace_back();
    status.own = v == 0;
    status.view = health.vantage(id, now);
    for (const Family family : {Family::V4, Family::V6})
      for (size_t r = 0; r < world.regions.size(); ++r) {
        const health::RegionView region = health.view(static_cast<steer::RegionId>(r), family, id, now);
        if (region.estimate || region.held) status.estimates.push_back({world.regions[r].name, family, region});
      }
  }
  return out;
}

admin::ObservedStatus observed_status(const config::NodeConfig& config, const config::World& world, const health::Observers& observers,
                                      const health::Ledger& ledger, Time now) {
  admin::ObservedStatus out;
  out.networks = ledger.size();
  out.evicted = ledger.evicted();
  const std::vector<health::Ledger::Column> columns = ledger.columns();
  for (size_t r = 0; r < world.regions.size(); ++r) {
    const std::string& name = world.regions[r].name;
    const auto known = observers.list().find(name);
    const bool is_heard = config.cluster && known != observers.list().end();
    const auto observes = [&](const config::AdminToken& token) { return token.may_observe == name; };
    if (!is_heard && std::ranges::none_of(config.admin.tokens, observes)) continue;
    admin::ObserverStatus& status = out.gateways.emplace_back();
    status.region = name;
    status.networks = columns[r].cells;
    status.moved = columns[r].moved;
    status.clipped = columns[r].clipped;
    if (known == observers.list().end()) continue;
    const health::Observers::Gateway& gateway = known->second;
    if (gateway.heard) status.heard = now - *gateway.heard;
    status.reports = gateway.reports;
    status.refused = gateway.refused;
    status.passed_over = gateway.passed_over;
    status.forgotten = gateway.forgotten;
  }
  return out;
}

std::vector<admin::DrainStatus> drain_status(const sync::Drains& drains, int64_t unix_now) {
  std::vector<admin::DrainStatus> out;
  for (const sync::Drain& drain : drains.list()) {
    admin::DrainStatus& status = out.emplace_back();
    status.target = drain.target();
    status.reason = drain.reason;
    status.by = drain.by;
    status.age = std::chrono::seconds(std::max<int64_t>(0, unix_now - drain.since));
    if (drain.until) status.expires_in = std::chrono::seconds(std::max<int64_t>(0, *drain.until - unix_now));
  }
  return out;
}

}  // namespace isochrone::node
