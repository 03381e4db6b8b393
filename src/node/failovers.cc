#include "node/failovers.h"

namespace isochrone::node {

namespace {

// By the quorum's verdict, which is what clients without a vantage of their own follow.
bool has_left(const steer::AddressState& before, const steer::AddressState& after, const steer::Pool& pool) {
  return before.quorum == steer::Verdict::Up && after.quorum == steer::Verdict::Down &&
         pool.family(after.address.family).views[0].outcome == steer::Outcome::Steered;
}

}  // namespace

std::vector<Failover> Failovers::note(const std::vector<Publisher::Rebuilt>& rebuilt, const health::Health& health,
                                      const Publisher& publisher, Time now) {
  const config::World& world = publisher.world();
  std::vector<Failover> failovers;
  for (const auto& [id, before] : rebuilt) {
    const steer::Pool& after = *publisher.snapshot().steering.pools[id];
    const config::Pool& pool = world.pools[id];
    const Duration limit = pool.failover_bound - std::chrono::seconds(pool.spec.ttl);
    for (size_t g = 0; g < pool.gateways.size(); ++g) {
      const steer::GatewayState& gateway = after.gateways[g];
      if (!gateway.enabled || gateway.drained) continue;
      for (size_t a = 0; a < gateway.addresses.size(); ++a) {
        if (!has_left(before->gateways[g].addresses[a], gateway.addresses[a], after)) continue;
        const auto began = health.outage_began(*pool.gateways[g].addresses[a].target);
        if (!began) continue;
        failovers.push_back({pool.spec.name, world.regions[gateway.region].name,
                             pool.gateways[g].addresses[a].to_text(), now - *began, limit, now});
      }
    }
  }
  for (const Failover& failover : failovers) {
    Tally& tally = tallies_[failover.pool];
    ++tally.count;
    tally.late += failover.is_late();
    tally.last = failover;
  }
  return failovers;
}

Failovers::Tally Failovers::tally(const std::string& pool) const {
  const auto known = tallies_.find(pool);
  return known == tallies_.end() ? Tally{} : known->second;
}

}  // namespace isochrone::node
