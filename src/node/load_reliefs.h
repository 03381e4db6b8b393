#pragma once
// Gateways that tell how loaded they are, and how far each is relieved: one health::LoadRelief for every gateway of a pool, by
// name, so that a reload leaves it as it is. A restart begins anew. Control thread.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "health/health.h"
#include "health/load_relief.h"
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
