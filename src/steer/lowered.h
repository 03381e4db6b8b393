#pragma once
// Why answers of a pool hold for less than its TTL now, for all of its clients or for some: told to people, never asked for a query.

#include <vector>

#include "steer/steer.h"

namespace isochrone::steer {

// By TtlReason.
struct Lowered {
  bool failing = false, all_down = false, swapping = false;
};

// `covering`: by VantageId, whether a vantage covers any clients. What a pool in this pool lowers is told of that one alone.
Lowered lowered(const Steering& steering, const Pool& pool, const std::vector<bool>& covering);

}  // namespace isochrone::steer
