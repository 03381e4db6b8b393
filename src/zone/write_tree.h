#pragma once
// Staged records → the tree of tree.h.

#include "zone/check.h"
#include "zone/staging.h"
#include "zone/tree.h"

namespace isochrone::zone {

// `staging` was checked and is used up: its memory is given back while the tree grows.
Tree write_tree(Staging& staging, const ZonePlan& plan);

}  // namespace isochrone::zone
