#pragma once
// isochrone.yaml → NodeConfig: one machine, fixed until it is restarted (DESIGN §3, §9).

#include <string>
#include <string_view>

#include "config/model.h"
#include "util/problem.h"

namespace isochrone::config {

// `file` gives messages their name and relative paths their folder. Looks at the secrets and tokens that are named,
// reads nothing else. Meaningless where problems.ok() is false afterwards.
NodeConfig parse_node_config(const std::string& file, std::string_view text, Problems& problems);

}  // namespace isochrone::config
