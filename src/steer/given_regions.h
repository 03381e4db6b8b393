#pragma once
// What a client is given as regions, pools in the pool looked through: what is counted when a change is judged.

#include <array>
#include <span>

#include "steer/steer.h"

namespace isochrone::steer {

// Regions, or why there are none.
struct GivenRegions {
  const Pool* pool = nullptr;  // that gives them: the one asked, or the innermost in it; good while the Steering lives
  std::array<RegionId, kMaxRegions> regions;
  size_t count = 0;
  bool answered = false;
  bool all_down = false;
  std::span<const RegionId> list() const { return {regions.data(), count}; }  // lowest first
};

// Fills `given` with what steer() gives. Pure.
void find_given(const Steering& steering, zone::PoolId id, Family family, const Client& client, GivenRegions& given);

// Of two pools of which each gave a client its gateway in a region: whether they are one gateway, which may have come into
// another pool, or been renumbered in its own.
bool is_one_gateway(const Pool& was, RegionId in_was, const Pool& is, RegionId in_is, Family family);

}  // namespace isochrone::steer
