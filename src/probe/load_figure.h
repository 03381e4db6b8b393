#pragma once
// The load that a gateway tells of itself in its answer to a probe.

#include <optional>

#include "health/probe.h"
#include "probe/http_message.h"

namespace isochrone::probe {

// The figure in the header or at the JSON pointer that the probe names. nullopt where it is not there, is no number, negative or
// above health::kMostLoad, or where the body is no JSON or was cut. A stranger wrote it: never throws.
std::optional<double> load_in(const Answer& answer, const health::LoadSpec& spec);

}  // namespace isochrone::probe
