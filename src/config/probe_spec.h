#pragma once
// One entry of `probes:` → ProbeSpec: which keys a kind has and their defaults.

#include <string>
#include <string_view>

#include "config/yaml.h"
#include "health/probe.h"

namespace isochrone::config {

// `node` is the entry; its key is the probe's name.
health::ProbeSpec read_probe(const Node& node);

bool uses_path(health::Kind kind);  // http, https
bool uses_host(health::Kind kind);  // those and grpc

}  // namespace isochrone::config
