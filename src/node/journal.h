#pragma once
// Logs what changes hands: targets down and up, vantages suspect, pools with nothing healthy left. Once per change of
// state, never per query or probe. Control thread.

#include <map>
#include <string>
#include <unordered_map>

#include "config/model.h"
#include "health/health.h"
#include "node/failovers.h"
#include "node/publisher.h"

namespace isochrone::node {

class Journal {
 public:
  // After the changes were published.
  void note(const health::Changes& changes, const health::Health& health, const Publisher& publisher, Time now);
  void note(const Failover& failover);
  // After a load or a drain: every pool is looked at.
  void note_all_pools(const Publisher& publisher);

 private:
  void note_target(health::TargetId id, const health::Health& health, const config::World& world, Time now);
  void note_pool(zone::PoolId id, const Publisher& publisher);

  std::unordered_map<std::string, steer::Verdict> targets_;   // by Target::key, as our own vantage sees them
  std::map<std::string, steer::Outcome> pools_;               // by pool name and family; only those not Steered
};

}  // namespace isochrone::node
