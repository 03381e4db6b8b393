#pragma once
// What an operator calls a drain's target, found in the configuration.

#include <string>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace isochrone::node {

struct DrainTarget {
  std::string pool;                   // "zone/pool"; empty: every pool
  std::string region;                 // empty: every region of the pool
};

// "westus2"; "shared.azure-api.example"; "contoso.azure-api.example/westus2" (a service stands for its pool; "@" and
// the zone alone are the service at the apex). An Error suggests the nearest name.
Result<DrainTarget> parse_drain_target(const std::string& text, const config::World& world);

// The services whose answers a drain touches.
struct TouchedServices {
  size_t count = 0;
  std::vector<std::string> first;  // global names
};
// `most`: of `first`. A region may have a hundred thousand, and answers wait for this.
TouchedServices services_of(const DrainTarget& target, const config::World& world, size_t most);

}  // namespace isochrone::node
