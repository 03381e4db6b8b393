#pragma once
// zones/*.yaml: one file a zone → its pools and services, by name and place; links to what they mean are made in
// load.cc.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/files.h"
#include "config/pool_settings.h"
#include "config/probes.h"
#include "wire/name.h"

namespace isochrone::config {

struct PoolConfig {
  std::string name;  // "shared"; for a service's own pool the service's
  Place place;
  std::string key;  // "pools.shared", "services.contoso": for messages
  PoolSettings settings;
  std::vector<Gateway> gateways;
  std::vector<uint32_t> nested;  // by gateway: index of the pool that it is, into ZoneConfig::pools; kNotNested: it is none
  uint32_t services = 0;         // how many use it
  bool used = false;             // by a service, or in a pool that is used
  bool gives_names = false;      // its gateways are names, or those of the pools in it

  static constexpr uint32_t kNotNested = UINT32_MAX;
};

// Lean: there may be 100,000.
struct ServiceConfig {
  std::string name;   // lower case; "@" the apex, "*" the wildcard
  uint32_t pool = 0;  // index into ZoneConfig::pools
  steer::RegionId primary = steer::kNoRegion;
  uint8_t file = 0;  // index into ZoneConfig::files
  uint32_t line = 0, column = 0;
};

// `why:`, who may ask for reasons.
struct WhyConfig {
  std::vector<Prefix> allow;
  Place place;
};

struct ZoneConfig {
  std::string name;  // without the final dot
  wire::Name apex;
  Place place;
  std::string records;  // path of the master file
  Place records_place;
  std::optional<WhyConfig> why;
  std::vector<PoolConfig> pools;
  std::vector<ServiceConfig> services;  // sorted by name
  std::deque<std::string> files;        // [0] the zone's YAML file, then the CSV

  Place place_of(const ServiceConfig& s) const { return {files[s.file], s.line, s.column}; }
  const ServiceConfig* find_service(std::string_view name) const;
};

// Calls f(gateway) for every gateway with addresses, in this pool and those in it.
template <typename F>
void for_each_leaf(const ZoneConfig& zone, const PoolConfig& pool, F f) {
  for (size_t i = 0; i < pool.gateways.size(); ++i) {
    if (!pool.gateways[i].enabled) continue;
    if (!pool.gateways[i].nested) f(pool.gateways[i]);
    else if (pool.nested[i] != PoolConfig::kNotNested) for_each_leaf(zone, zone.pools[pool.nested[i]], f);
  }
}

// nullopt only where the file does not say which zone it is; every other problem leaves a usable rest behind.
std::optional<ZoneConfig> read_zone_file(const YamlFile& file, const ProbesConfig& probes, Files& files);

}  // namespace isochrone::config
