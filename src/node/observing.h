#pragma once
// `isochrone observe`: what this machine's kernel measures of its clients, for the nodes (probe/client_sketches.h).

#include "config/model.h"

namespace isochrone::node {

// Looks at the kernel's connections every second and reports every ten, until SIGTERM or SIGINT. Returns the exit status.
int run_observer(const config::NodeConfig& config);

}  // namespace isochrone::node
