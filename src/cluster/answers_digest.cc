#include "cluster/answers_digest.h"

#include <map>

#include "sync/state_file.h"

namespace isochrone::cluster {

namespace {

std::string told(const steer::Pool& pool, Family which, const std::vector<steer::Region>& regions) {
  const steer::PoolFamily& family = pool.family(which);
  if (family.enabled.empty()) return "-\n";
  std::string out = std::to_string(static_cast<int>(family.views[0].outcome));
  family.views[0].eligible.for_each([&](steer::RegionId region) { out += " " + std::string(steer::name_of(pool, regions, region)); });
  return out + "\n";
}

}  // namespace

std::string answers_digest(const steer::Steering& steering, const config::World& world) {
  std::map<std::string, zone::PoolId> pools;
  for (zone::PoolId id = 0; id < world.pools.size(); ++id) pools.emplace(world.pools[id].spec.name, id);
  std::string text;
  for (const auto& [name, id] : pools)
    for (const Family family : {Family::V4, Family::V6}) text += name + " " + told(*steering.pools[id], family, *steering.regions);
  return sync::digest(text).substr(0, 16);
}

}  // namespace isochrone::cluster
