#pragma once
// One row of the map that changes while the server runs: estimates in, a calm order out, published as a LiveRow.

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "health/order.h"
#include "steer/latency_map.h"
#include "steer/swaps.h"

namespace isochrone::health {

class CalmRow {
 public:
  // By RegionId; what is set here takes effect with the next update().
  void set(steer::RegionId region, std::optional<Duration> estimate);
  // The same, and that it was measured anew, at this time.
  void measured(steer::RegionId region, Duration estimate, Time at);
  const std::optional<Duration>& estimate(steer::RegionId region) const { return estimates_[region]; }

  // Regions have other numbers, and there are as many as `regions`; every estimate is to be set again.
  void renumber(std::span<const steer::RegionId> new_id, size_t regions);
  // What was held before a restart, best first; regions without an estimate leave it with the next update().
  void restore(std::vector<Order::Place> places);

  // Takes in what was set, and what has lasted long enough by now. Returns whether live() is another one.
  bool update(const SteeringRules& rules, Time now);
  // When update() is due though nothing is set; absent: never.
  std::optional<Time> deadline() const { return order_.deadline(); }
  bool is_due(Time now) const { return dirty_ || (deadline() && *deadline() <= now); }

  const Order& order() const { return order_; }
  std::optional<Duration> held(steer::RegionId region) const;
  // Null while nothing has been measured.
  const std::shared_ptr<const steer::LiveRow>& live() const { return live_; }
  // What is about to happen to it.
  const steer::RowSwaps& swaps() const { return swaps_; }

 private:
  // When a region was last measured, and how long it was not before that.
  struct Cadence {
    static constexpr size_t kGaps = 3;
    std::optional<Time> last;
    std::array<Duration, kGaps> gaps{};  // zero: not known yet
    bool in_round = false;               // measured since the round began
  };

  bool is_sparse(Duration dwell) const;
  void publish();

  std::vector<std::optional<Duration>> estimates_;  // by RegionId
  std::vector<Cadence> cadences_;                   // by RegionId
  bool round_over_ = false;                         // a region was measured again: estimates_ are a new row of samples
  Order order_;
  bool dirty_ = false;       // estimates were set
  bool to_publish_ = false;  // live_ is not what the order says
  std::shared_ptr<const steer::LiveRow> live_;
  steer::RowSwaps swaps_;
};

// Of an even number, the mean of the two in the middle. `values` is not empty and is reordered.
Duration median(std::vector<Duration>& values);
double median(std::vector<double>& values);

}  // namespace isochrone::health
