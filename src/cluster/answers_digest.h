#pragma once
// What a node's clients may be given, in sixteen digits, so that nodes of a cluster can be compared.

#include <string>

#include "config/model.h"
#include "steer/steer.h"

namespace isochrone::cluster {

// Over the regions that each pool may give in each family, by the quorum. Equal configurations and verdicts give equal
// digests on every node: names count, numbers do not. Orders are left out: a row is calm by the history that each node has
// seen, so two nodes may for a while put regions first that are within the margin of each other.
std::string answers_digest(const steer::Steering& steering, const config::World& world);

}  // namespace isochrone::cluster
