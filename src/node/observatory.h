#pragma once
// Keeps what is served abreast of the ledger: rows are settled on the loop, a few thousand at a turn; the map is woven in
// the thread pool when gateways see networks that are not in it.
//
//   Ledger ─┬─► Publisher::settle()                           rows that have changed
//           └─► with_observed (thread pool) ─► Publisher::set_map()   other networks

#include <uv.h>

#include <functional>
#include <memory>

#include "health/ledger.h"
#include "loop/background.h"
#include "loop/timer.h"
#include "node/publisher.h"

namespace isochrone::node {

// The base's map with a ledger's networks; null: there are none, or the configuration lets nobody observe.
std::shared_ptr<const steer::LatencyMap> woven(const config::World& world, std::vector<steer::ObservedPrefix> networks);

class Observatory {
 public:
  // `changed` is called on the loop where what is served has become another.
  Observatory(uv_loop_t* loop, health::Ledger& ledger, Publisher& publisher, std::function<void()> changed);

  // Something was reported, or what rows are compared with has moved.
  void moved();
  Duration weave_took() const { return took_; }

 private:
  struct Work {
    std::shared_ptr<const config::World> world;
    health::Ledger::Networks networks;
    std::shared_ptr<const steer::LatencyMap> map;
    Duration took{};
  };
  void turn();
  void ended(Work& work);

  health::Ledger& ledger_;
  Publisher& publisher_;
  std::function<void()> changed_;
  loop::Background<Work> work_;
  loop::Timer timer_;
  Time rested_{};     // when the next map may be begun
  Duration took_{};
};

}  // namespace isochrone::node
