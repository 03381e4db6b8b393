#pragma once
// Every target of a plan tried once, from here and at once: `isochrone check --live`.

#include <memory>
#include <stop_token>
#include <vector>

#include "config/model.h"
#include "health/probe.h"
#include "probe/prober.h"

namespace isochrone::node {

// By TargetId; of kind none: as if it had been fine. Runs a loop of its own until the last one has ended, which takes no
// longer than its time-out, or some turns of it where there are more targets than descriptors. Empty where it was stopped before.
std::vector<health::Outcome> probe_once(const std::shared_ptr<const health::Plan>& plan, const probe::ProberConfig& how, std::stop_token stopped = {});

// How this machine probes: what its file says of it.
probe::ProberConfig prober_config(const config::NodeConfig& config);

}  // namespace isochrone::node
