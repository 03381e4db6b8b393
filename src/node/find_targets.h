#pragma once
// What a person calls a target of probes, found in the configuration.

#include <string>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace isochrone::node {

// At most this many are looked at, or probed, at once.
inline constexpr size_t kMostTargetsAsked = 100;

// "192.0.2.10" or "gw1.example.net" (with every probe of it); a target's key, as `status` and `check --live` tell it; or what can be drained: "westus2",
// "shared.azure-api.example", "contoso.azure-api.example/westus2", whose gateways' addresses are meant. In the order of the
// plan, each once. An Error suggests the nearest name, or says that nothing of it is probed, or that it is too much at once.
Result<std::vector<health::TargetId>> find_targets(const std::string& text, const config::World& world);

}  // namespace isochrone::node
