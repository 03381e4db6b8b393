#pragma once
// `cluster` of isochrone.yaml: which etcd this machine shares with others, and how it is reached.

#include <optional>

#include "config/model.h"
#include "config/yaml.h"

namespace isochrone::config {

// Looks at the files that are named. nullopt where it is no map; meaningless where a problem was reported.
std::optional<ClusterConfig> read_cluster(const Node& node);

}  // namespace isochrone::config
