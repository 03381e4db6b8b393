#pragma once
// Safe hands: what an operator's drain may not do, whoever orders it and on whichever node. Pure.

#include <functional>

#include "config/model.h"
#include "sync/drains.h"
#include "util/result.h"

namespace isochrone::node {

// Whether a gateway is up in some family, by the quorum; one that is a pool: whether enough of that pool's are.
using IsUp = std::function<bool(const config::Pool& pool, const config::Gateway& gateway)>;

// An Error names the guard that refuses, and why. `wanted` begins now, and is given the end that `longest-drain` sets where
// it has none.
Status check_guards(const config::World& world, const sync::Drains& drains, sync::Drain& wanted, const IsUp& is_up);

}  // namespace isochrone::node
