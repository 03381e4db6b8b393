#pragma once
// Gateways that have come back and take their clients over little by little (`slow-start`): how much of them each still
// sheds. A gateway that has never been down starts at once, as does one that was only drained: an operator who ends a
// drain wants it back. Control thread.

#include <optional>
#include <vector>

#include "steer/pool.h"
#include "zone/zone.h"

namespace isochrone::node {

class SlowStarts {
 public:
  // The quorum has another verdict of this pool's gateways than before. `length` zero: none of it has a slow start.
  void note(zone::PoolId pool, const std::vector<steer::GatewayState>& before,
            const std::vector<steer::GatewayState>& after, Duration length, Time now);
  // Adds what is still shed at `now` to what the gateways shed anyway.
  void add_to(zone::PoolId pool, std::vector<steer::GatewayState>& gateways, Time now) const;

  // Pools with a start under way, each once; those that are over by `now` among them one last time.
  std::vector<zone::PoolId> take_due(Time now);
  // When to ask for them again; nullopt: nothing is starting.
  std::optional<Time> next() const;
  void clear() { starts_.clear(); }  // another configuration: numbers mean something else

 private:
  struct Start {
    zone::PoolId pool;
    steer::RegionId region;
    Family family;
    Time began;
    Duration length;
    Time next;  // step

    uint16_t shed(Time now) const;  // thousandths
  };
  std::vector<Start> starts_;
};

}  // namespace isochrone::node
