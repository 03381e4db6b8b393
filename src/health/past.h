#pragma once
// What a row's regions have cost in the long run, and how long a difference between them lasts. Where differences last,
// as on paths that change their route once a week, the present is all that counts. Where they are drawn anew every few
// samples, the one that has mostly been good is worth more than the one that happens to be so now.

#include <optional>
#include <span>
#include <vector>

#include "steer/region.h"
#include "util/duration.h"

namespace isochrone::health {

class Past {
 public:
  // One row of samples, by RegionId; absent where nothing is known. A region's cost is what it is above the lowest, in
  // margins, and at most one: who is beyond is not held, however far, and an outlier weighs like any other.
  void add(std::span<const std::optional<Duration>> estimates, Duration margin);

  // To be added to an estimate where regions are compared: the region's mean cost, over the samples that a switch is
  // expected to be good for beyond those that the present difference lasts. 0 while nothing has varied.
  Duration handicap(steer::RegionId region, Duration margin) const;
  // The share of a difference that one sample to the next renews, 0–1: 1 / (samples it lasts).
  double renewal() const;

  // As Order::renumber().
  void renumber(std::span<const steer::RegionId> new_id);

 private:
  struct Cost {
    double mean = 0, last = 0;  // in margins, 0–1
    bool known = false;
  };
  std::vector<Cost> costs_;     // by RegionId
  int rows_ = 0;                // up to kWindow
  double steps_ = 0;            // half the squares of differences from row to row …
  double spread_ = 0;           // … and of those from the mean: their ratio is 1 − autocorrelation (von Neumann)
};

}  // namespace isochrone::health
