#include "node/observatory.h"

#include <algorithm>

#include "loop/clock.h"

namespace isochrone::node {

namespace {

constexpr Duration kTurn = 250ms;
constexpr Duration kWeaveEvery = 5s;    // at the most; and never more than a tenth of the time is spent on it

}  // namespace

std::shared_ptr<const steer::LatencyMap> woven(const config::World& world, std::vector<steer::ObservedPrefix> networks) {
  if (networks.empty() || !world.map->can_be_observed()) return nullptr;
  return steer::with_observed(*world.map, std::move(networks));
}

Observatory::Observatory(uv_loop_t* loop, health::Ledger& ledger, Publisher& publisher, std::function<void()> changed)
    : ledger_(ledger),
      publisher_(publisher),
      changed_(std::move(changed)),
      work_(loop,
            [](Work& work) {
              const Time began = loop::now();
              work.map = woven(*work.world, std::move(work.networks.list));
              work.took = loop::now() - began;
            },
            [this](Work& work) { ended(work); }),
      timer_(loop, [this] { turn(); }) {}

void Observatory::moved() {
  if (!timer_.running() && (ledger_.unsettled() != 0 || ledger_.wants_weaving())) timer_.once(kTurn);
}

void Observatory::turn() {
  if (publisher_.settle(Publisher::kRowsATurn, loop::now())) changed_();
  if (ledger_.wants_weaving() && !work_.busy() && loop::now() >= rested_) work_.start({publisher_.shared_world(), ledger_.networks(), {}, {}});
  moved();
}

void Observatory::ended(Work& work) {
  took_ = work.took;
  rested_ = loop::now() + std::max(kWeaveEvery, 9 * work.took);
  // A reload came between, with a map of its own: another is woven for it.
  if (work.world == publisher_.shared_world()) {
    publisher_.set_map(work.map, loop::now());
    ledger_.woven(work.networks.number);
    changed_();
  }
  moved();
}

}  // namespace isochrone::node
