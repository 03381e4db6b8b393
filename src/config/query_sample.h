#pragma once
// A sample of queries for `simulate`: who asks, and how much each counts.
//
//   prefix,count          a first line like this may be there; prefixes as in a latency table, or addresses

#include <optional>
#include <string>
#include <vector>

#include "config/files.h"
#include "steer/impact.h"
#include "util/problem.h"

namespace isochrone::config {

// nullopt: what is wrong was reported.
std::optional<std::vector<steer::WeightedClient>> read_query_sample(const std::string& path, Files& files, Problems& problems);

}  // namespace isochrone::config
