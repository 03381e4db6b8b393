#pragma once
// The merging of neighbours, for one pool and family: every block of the map is visited.

#include "steer/scopes.h"

namespace isochrone::steer {

// What `pool` gives to every block of the map, merged.
MergedScopes merge(const Steering& steering, const Pool& pool, Family family);

}  // namespace isochrone::steer
