#pragma once
// What health knows, as the state file keeps it.

#include <string>
#include <string_view>

#include "health/report.h"
#include "util/result.h"

namespace isochrone::sync {

std::string encode_health(const health::SavedState& state);
// An Error says what is malformed. Nothing of the values is believed yet: Health::restore() judges them.
Result<health::SavedState> decode_health(std::string_view text);

}  // namespace isochrone::sync
