#pragma once
// Pools as they were written → pools of a World, with their numbers, their targets and how long a failover may take.

#include <string>
#include <vector>

#include "config/localities.h"
#include "config/model.h"
#include "config/targets.h"

namespace isochrone::config {

class PoolMaker {
 public:
  // Pools are added to `world`, their targets to `targets`.
  PoolMaker(const ProbesConfig& probes, const Localizer& localizer, TargetMaker& targets, World& world, Problems& problems)
      : probes_(probes), localizer_(localizer), targets_(targets), world_(world), problems_(problems) {}

  // Numbers by place in zone.pools; a pool that no service uses is left out and has kNoPool.
  std::vector<zone::PoolId> add(const ZoneConfig& zone);

 private:
  void add_pool(const ZoneConfig& zone, size_t i, const std::vector<const ServiceConfig*>& first_service, std::vector<zone::PoolId>& ids);

  const ProbesConfig& probes_;
  const Localizer& localizer_;
  TargetMaker& targets_;
  World& world_;
  Problems& problems_;
};

}  // namespace isochrone::config
