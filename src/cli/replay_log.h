#pragma once
// `isochrone replay --log`: the decisions of a query log against a configuration.

#include <string>
#include <vector>

namespace isochrone::cli {

// Prints, and returns the exit status. `config`: isochrone.yaml.
int replay_log(const std::string& config, const std::vector<std::string>& logs, bool as_json);

}  // namespace isochrone::cli
