#pragma once
// What a node knows of its cluster, from /api/v1/status, for a person.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace isochrone::cli {

// A line, and one for each trouble; nothing where the node is alone.
std::string cluster_text(const nlohmann::json& status);

// The same, and every node's own account.
std::string nodes_text(const nlohmann::json& status);

// Of status["cluster"]: etcd is there, and every node serves this revision.
bool is_well(const nlohmann::json& cluster);

}  // namespace isochrone::cli
