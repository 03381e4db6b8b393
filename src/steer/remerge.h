#pragma once
// A table of merged scopes made true again after rows have moved, by what was touched alone.
//
//   movable sources ─► keys before and now ─► blocks of those that differ ─► the runs they were in, merged anew
//                                                                            ─► joined with neighbours as far as can be

#include <memory>

#include "steer/movable.h"
#include "steer/scopes.h"

namespace isochrone::steer {

// `table` is what merge() would make of `pool` in `before`, which differs from `now` in its rows and its prediction alone;
// returned is what it would make in `now`, `table` itself where that is the same. Null: so much has moved that merge()
// is quicker, or everybody is given the same, before or now.
std::shared_ptr<const MergedScopes> remerge(const Steering& before, const Steering& now, const Pool& pool, Family family,
                                            const std::shared_ptr<const MergedScopes>& table, const MovableSources& movable);

}  // namespace isochrone::steer
