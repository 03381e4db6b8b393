#pragma once
// A machine that only measures: prober and health as in a node, but what they find goes to other nodes.
//
//   node /api/v1/plan ─► Worker ─► Prober ─► Health ─► Worker ─┬─► nodes' /api/v1/report
//                                                              └─► EtcdWay, of a cluster: then nothing goes over HTTPS

#include "config/model.h"

namespace isochrone::node {

// Runs until SIGTERM or SIGINT; returns the process's exit status.
int run_vantage(const config::NodeConfig& config);

}  // namespace isochrone::node
