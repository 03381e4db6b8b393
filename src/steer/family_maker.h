#pragma once
// One family of a pool: who may be ranked, and what each is answered with.

#include <vector>

#include "steer/pool.h"

namespace isochrone::steer {

// `gateways`: of the pool, those that are pools made before.
PoolFamily make_family(const PoolSpec& spec, const std::vector<GatewayState>& gateways, Family family);

}  // namespace isochrone::steer
