#pragma once
// A pool's gateways as the operator writes them.

#include <optional>
#include <vector>

#include "config/model.h"
#include "config/probes.h"
#include "config/yaml.h"

namespace isochrone::config {

// `gateways:` as region → addresses, or region → {addresses or name, weight, priority, serves, bias, shed, enabled}, or name →
// {pool, min-healthy, …}; the pools' names are not looked up. With routing: priority every
// one has a priority afterwards.
std::vector<Gateway> read_gateways(const Node& node, const ProbesConfig& probes, steer::Routing routing);

// One that clients can be sent to; none, and said, where it is no address or a special one.
std::optional<IpAddress> usable_address(const Node& node);

}  // namespace isochrone::config
