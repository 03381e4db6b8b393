#pragma once
// How a pool chooses, as the operator writes it: from `defaults:`, then the pool's own.

#include <string>

#include "config/model.h"
#include "config/probes.h"
#include "config/yaml.h"

namespace isochrone::config {

// What `defaults:` and every pool may say.
struct PoolSettings {
  steer::PoolSpec spec;  // its name is not filled
  health::QuorumRule quorum;
  Duration slow_start{};
  std::optional<size_t> probe;  // index into ProbesConfig::probes
  std::string host;             // in place of the probe's; empty: the probe's
};

// Reads the settings' keys of `map` over `defaults`.
PoolSettings read_pool_settings(Map& map, const PoolSettings& defaults, const ProbesConfig& probes);

// The longest a client can hold a gateway that failed (DESIGN §5.6); zero where nothing is probed.
Duration failover_bound(const health::ProbeSpec& probe, wire::Ttl ttl);

}  // namespace isochrone::config
