#pragma once
// Places in an order that are about to be lost: answers that come of them are soon to be others, and are to be kept for less
// long (DESIGN §5.6). Seldom any, and none of imported or predicted rows: those change at once.

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "steer/region.h"

namespace isochrone::steer {

// Of one row that is measured.
struct RowSwaps {
  RegionSet fronts;                                  // regions that another one is about to move in front of
  std::vector<std::pair<RegionId, RegionId>> pairs;  // (front, who), ascending
  bool operator==(const RowSwaps&) const = default;

  bool empty() const { return pairs.empty(); }
  void set(std::span<const std::pair<RegionId, RegionId>> ascending) {
    pairs.assign(ascending.begin(), ascending.end());
    fronts = {};
    for (const auto& [front, who] : pairs) fronts.add(front);
  }
  // Whether one of `rivals` is about to move in front of `region`.
  bool is_near(RegionId region, const RegionSet& rivals) const {
    if (!fronts.has(region)) return false;
    for (auto at = std::lower_bound(pairs.begin(), pairs.end(), std::pair(region, RegionId{0})); at != pairs.end() && at->first == region; ++at)
      if (rivals.has(at->second)) return true;
    return false;
  }
};

// Of all rows of one family.
struct Swaps {
  std::vector<RowSwaps> by_vantage;  // by VantageId
  RowSwaps median;
};

}  // namespace isochrone::steer
