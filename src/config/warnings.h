#pragma once
// What is allowed and will surprise: told by `check` and at a load, as warnings.

#include "config/model.h"
#include "config/probes.h"
#include "config/zones.h"

namespace isochrone::config {

// A weight that no tolerance lets act; AAAA steered elsewhere than A, with the milliseconds where tables know them;
// an address in two regions; a pool nobody uses; a quorum larger than the number of vantages.
void warn_of_pool(const PoolConfig& pool, const ProbesConfig& probes, const steer::LatencyMap& map, size_t vantages,
                  Problems& problems);

// Probes and regions nobody uses.
void warn_of_unused(const ProbesConfig& probes, const std::vector<ZoneConfig>& zones, const NodeConfig& node,
                    Problems& problems);

// A zone whose parent zone is served too and does not delegate it: the parent answers for its DS, and denies it.
void warn_of_undelegated(const std::vector<ZoneConfig>& zones, const zone::ZoneSet& served, Problems& problems);

}  // namespace isochrone::config
