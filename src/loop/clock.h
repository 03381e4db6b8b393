#pragma once
// The one place where clocks are read, but for the workers' (net/clock.h). Pure rooms are handed times.

#include <ctime>

#include "util/duration.h"

namespace isochrone::loop {

inline Time now() { return std::chrono::steady_clock::now(); }
// Seconds since 1970.
inline int64_t unix_now() { return static_cast<int64_t>(std::time(nullptr)); }

}  // namespace isochrone::loop
