#pragma once
// `services: {from: services.csv}`: name,pool[,primary], one service a line, for as many as there are.

#include <string>
#include <string_view>
#include <vector>

#include "config/zones.h"

namespace isochrone::config {

struct ServiceList {
  const std::vector<std::string_view>& pools;  // those a service may name, in the order of zone.pools
  const ProbesConfig& probes;
  ZoneConfig& zone;  // its last file is this list
};

// Appends to zone.services. `node` is where the file was named.
void read_services_csv(const std::string& path, const Node& node, const ServiceList& list, Files& files,
                       Problems& problems);

}  // namespace isochrone::config
