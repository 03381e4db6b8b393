#pragma once
// What the configuration alone says of how clients are steered: the same for a node, whose health comes to it, and for
// `simulate`.

#include <memory>
#include <string>
#include <vector>

#include "config/model.h"
#include "steer/steer.h"

namespace isochrone::node {

std::vector<std::string> names_of(const std::vector<config::Vantage>& vantages);
std::vector<uint16_t> weights_of(const std::vector<config::Vantage>& vantages);

// Without rows, prediction and pools. Keeps the world.
steer::Steering configured(const std::shared_ptr<const config::World>& world);

// Without addresses, and not drained. `pools`: by PoolId; the one that the gateway may be is in it.
steer::GatewayState configured(const config::Gateway& gateway, const std::vector<std::shared_ptr<const steer::Pool>>& pools);

}  // namespace isochrone::node
