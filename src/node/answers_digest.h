#pragma once
// What a node would answer, in sixteen digits, so that nodes of a cluster can be compared.

#include <string>

#include "config/model.h"
#include "steer/steer.h"

namespace isochrone::node {

// Over the choice of every pool and family for one client of each vantage that covers some (64 at most, fewer where there are hundreds of pools) and for one that
// nothing is known of. Equal inputs give equal digests on every node: names count, numbers do not.
std::string answers_digest(const steer::Steering& steering, const config::World& world);

}  // namespace isochrone::node
