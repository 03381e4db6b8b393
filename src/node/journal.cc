#include "node/journal.h"

#include <set>

#include "util/log.h"

namespace isochrone::node {

void Journal::note(const health::Changes& changes, const health::Health& health, const Publisher& publisher, Time now) {
  for (const std::string& name : changes.suspects)
    log::warning("vantage suspect, left out", {{"vantage", name}, {"reason", "sees everything down while others do not"}});
  for (const std::string& name : changes.trusted) log::info("vantage trusted again", {{"vantage", name}});
  std::set<zone::PoolId> pools;
  for (const health::TargetId id : changes.targets) {
    note_target(id, health, publisher.world(), now);
    pools.insert(publisher.pools_of(id).begin(), publisher.pools_of(id).end());
  }
  for (const zone::PoolId id : pools) note_pool(id, publisher);
}

void Journal::note(const Failover& failover) {
  log::warning(failover.is_late() ? "failover, later than promised" : "failover",
               {{"pool", failover.pool}, {"region", failover.region}, {"address", failover.address},
                {"took", to_text(failover.took)}, {"limit", to_text(failover.limit)}});
}

void Journal::note_all_pools(const Publisher& publisher) {
  for (zone::PoolId id = 0; id < publisher.world().pools.size(); ++id) note_pool(id, publisher);
}

void Journal::note_target(health::TargetId id, const health::Health& health, const config::World& world, Time now) {
  const health::Target& target = world.plan.targets[id];
  const health::TargetView view = health.view(id, 0, now);
  steer::Verdict& last = targets_[target.key];
  if (last == view.verdict) return;
  const std::string region = target.region == steer::kNoRegion ? "" : world.regions[target.region].name;
  if (view.verdict == steer::Verdict::Down)
    log::warning("target down", {{"address", target.at()}, {"region", region}, {"probe", target.spec.name}, {"reason", view.reason}});
  else if (view.verdict == steer::Verdict::Up)
    log::info("target up", {{"address", target.at()}, {"region", region}, {"probe", target.spec.name}});
  last = view.verdict;
}

void Journal::note_pool(zone::PoolId id, const Publisher& publisher) {
  const steer::Pool& pool = *publisher.snapshot().steering.pools[id];
  for (const Family family : {Family::V4, Family::V6}) {
    const steer::PoolFamily& state = pool.family(family);
    if (!state.may_answer()) continue;
    const steer::Outcome outcome = state.views[0].outcome;
    const char* name = family == Family::V4 ? "ipv4" : "ipv6";
    const auto key = pool.spec.name + " " + name;
    const auto at = pools_.find(key);
    if (outcome == steer::Outcome::Steered && at != pools_.end()) {
      log::info("pool healthy again", {{"pool", pool.spec.name}, {"family", name}});
      pools_.erase(at);
    } else if (outcome != steer::Outcome::Steered && at == pools_.end()) {
      log::error("nothing healthy in the pool", {{"pool", pool.spec.name}, {"family", name}});
      pools_.emplace(key, outcome);
    }
  }
}

}  // namespace isochrone::node
