#pragma once
// The one place where clocks are read.

#include <ctime>

#include "util/duration.h"

namespace isochrone::node {

inline Time now() { return std::chrono::steady_clock::now(); }
inline int64_t unix_now() { return static_cast<int64_t>(std::time(nullptr)); }

}  // namespace isochrone::node
