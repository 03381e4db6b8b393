#pragma once
// Pools → what is probed: templates filled, one target for each address and filled probe, however many use it.

#include <string>
#include <unordered_map>

#include "config/probes.h"
#include "config/zones.h"
#include "health/probe.h"

namespace isochrone::config {

class TargetMaker {
 public:
  TargetMaker(const ProbesConfig& probes, health::Plan& plan) : probes_(probes), plan_(plan) {}

  // Fills the targets of `gateways`, a copy of pool.gateways. `service`: one that uses the pool; in a pool of several,
  // templates that need one are reported.
  void add_pool(const ZoneConfig& zone, const PoolConfig& pool, const ServiceConfig* service,
                std::vector<Gateway>& gateways, Problems& problems);
  void add_beacons();

 private:
  health::TargetId add(const GatewayAddress& at, health::ProbeSpec filled, std::string key, steer::RegionId region);

  const ProbesConfig& probes_;
  health::Plan& plan_;
  std::unordered_map<std::string, health::TargetId> by_key_;
};

}  // namespace isochrone::config
