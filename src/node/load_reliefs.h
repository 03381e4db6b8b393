#pragma once
// Gateways that tell how loaded they are, and how far each is relieved: one health::LoadRelief for every gateway of a pool, by
// name, so that a reload leaves it as it is. Control thread.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "health/health.h"
#include "health/load_relief.h"
#include "health/report.h"
#include "steer/pool.h"

namespace isochrone::node {

// Of the most loaded of its addresses; absent: none of them told a figure lately.
std::optional<health::LoadFigure> load_of(const config::Gateway& gateway, const health::Health& health, Time now);

class LoadReliefs {
 public:
  // Another configuration: those that are in it stay. It must outlive the next call of this.
  void load(const config::World& world);
  // Pools in which one is relieved otherwise than before, each once. Looks at most five times a second.
  std::vector<zone::PoolId> take_due(const health::Health& health, Time now);
  // When to ask again; nullopt: nobody tells a load.
  std::optional<Time> next() const { return told_.empty() ? std::nullopt : std::optional(next_); }
  // Fills in what each of the pool's gateways is relieved of.
  void add_to(zone::PoolId pool, std::vector<steer::GatewayState>& gateways) const;
  // Of one gateway; zero: of none.
  Duration relief(const config::Pool& pool, const std::string& gateway) const;

  // For a restart: those that are relieved of anything. restore() is called once, after the first load(); `downtime` is how
  // long ago they were saved. It returns the pools in which one is relieved again, each once. A gateway that tells no load
  // any more is passed over, and what would be older than max_age.
  std::vector<health::SavedRelief> save(Time now) const;
  std::vector<zone::PoolId> restore(const std::vector<health::SavedRelief>& saved, Duration downtime, Time now);

 private:
  struct Told {  // a gateway with a figure
    zone::PoolId pool;
    const config::Gateway* gateway;
    health::LoadRelief* relief;
  };

  const config::World* world_ = nullptr;
  std::map<std::pair<std::string, std::string>, health::LoadRelief> by_name_;  // pool and gateway
  std::vector<Told> told_;                                                      // ascending by pool
  Time next_{};
};

}  // namespace isochrone::node
