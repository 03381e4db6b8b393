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
  // One row of samples, by RegionId; absent where nothing is known. A region's cost is what it is above the lowest, as
  // a share of three quarters of the margin, and at most one: it tells how often a region is off rather than how far, and an
  // outlier weighs like any other.
  void add(std::span<const std::optional<Duration>> estimates, Duration margin);

  // What to add to an estimate where regions are compared: mean · ((1 − l) / l − 1), where l is the share of the coming rows that the
  // present still describes, lasts(); never below 0, and 0 while differences last.
  Duration handicap(steer::RegionId region, Duration margin) const;
  // How much of a difference lasts, 0–1: what a row tells of the mean of the next ones, as the slope of a regression.
  double lasts() const;

  // As Order::renumber().
  void renumber(std::span<const steer::RegionId> new_id);

 private:
  struct Cost {
    double mean = 0, recent = 0;  // 0–1; over the window, and over the horizon
    bool known = false;
  };
  std::vector<Cost> costs_;     // by RegionId
  int rows_ = 0;                // up to kWindow
  double lasting_ = 0;          // of costs from their means: products with what they were of late …
  double spread_ = 0;           // … and squares
};

}  // namespace isochrone::health
