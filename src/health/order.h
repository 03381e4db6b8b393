#pragma once
// The calm order of one map row (DESIGN §5.5): regions best first, each with the held estimate that choices are made
// from. Estimates move all the time; an order moves when a difference is more than `margin` and has been for `dwell`.
// Differences are of what regions are expected to cost: the estimate, and what the row's past adds to it.

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "health/past.h"
#include "health/rules.h"
#include "steer/region.h"

namespace isochrone::health {

class Order {
 public:
  struct Place {
    steer::RegionId region = steer::kNoRegion;
    Duration held{};
    std::optional<Time> off_since;  // since when the estimate has been more than a margin away from `held`
    std::optional<Time> since;      // when it came, for as long as a dwell after that; absent: settled
  };

  // `estimates` by RegionId, absent where nothing is known: such a region leaves the order. A region's first estimate
  // is taken at once, and so is every lower one for a dwell after it: what disturbs the first samples (ARP, cold
  // caches, a machine that is starting) only adds to them. Returns whether the order or a held estimate is another one now.
  bool update(std::span<const std::optional<Duration>> estimates, const SteeringRules& rules, Time now);

  // A new sample of every region is in `estimates`: the row's past grows by it.
  void learn(std::span<const std::optional<Duration>> estimates, const SteeringRules& rules) {
    past_.add(estimates, rules.margin);
  }

  // When update() with the same estimates would change something, near() included; absent: never.
  std::optional<Time> deadline() const { return deadline_; }

  std::span<const Place> places() const { return places_; }
  // Swaps that are near: (front, who), ascending, where `who` has led for half of the dwell and is to move in front of
  // `front` when that is over.
  std::span<const std::pair<steer::RegionId, steer::RegionId>> near() const { return near_; }
  uint64_t switches() const { return switches_; }  // moves to the first place; coming and going do not count
  Duration regret() const { return regret_; }      // estimate of the first minus the lowest one
  double regret_seconds() const { return regret_seconds_; }  // integral of regret over time: seconds × seconds

  // What was held before a restart; replaces everything.
  void restore(std::vector<Place> places) { places_ = std::move(places); }
  // Regions have other numbers from now on: `new_id` by old RegionId, kNoRegion where one is gone.
  void renumber(std::span<const steer::RegionId> new_id);

 private:
  // `behind` stands behind `front` and has been better by more than the margin since then.
  struct Lead {
    steer::RegionId behind, front;
    Time since;
    auto key() const { return std::pair(behind, front); }
  };
  using Estimates = std::span<const std::optional<Duration>>;

  Duration cost(Estimates estimates, steer::RegionId region, const SteeringRules& rules) const;
  bool admit(Estimates estimates, Time now);
  bool settle(Estimates estimates, const SteeringRules& rules, Time now);
  void watch(Estimates estimates, const SteeringRules& rules, Time now);
  bool move(Estimates estimates, const SteeringRules& rules, Time now);
  bool follow(Estimates estimates, const SteeringRules& rules, Time now);
  void count_regret(Estimates estimates, Time now);
  void foresee(const SteeringRules& rules, Time now);
  void set_deadline(const SteeringRules& rules, Time now);

  std::vector<Place> places_;
  std::vector<Lead> leads_;  // by key
  std::vector<std::pair<steer::RegionId, steer::RegionId>> near_;
  Past past_;
  std::optional<Time> deadline_, counted_;
  uint64_t switches_ = 0;
  Duration regret_{};
  double regret_seconds_ = 0;
};

}  // namespace isochrone::health
