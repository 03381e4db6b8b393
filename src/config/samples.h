#pragma once
// Recorded samples from CSV, for `isochrone replay`. Two forms, told apart by the first line:
//
//   time,client,region,rtt_ms          one sample a line; time in seconds; an empty rtt_ms is a lost probe
//   slice,client,<region>,<region>,…   one row a line; slices are `slice` apart; an empty cell is no sample
//
// Lines may stand in any order. Clients and regions are numbered as they first occur.

#include <optional>

#include "config/files.h"
#include "health/replay.h"
#include "util/problem.h"

namespace isochrone::config {

// nullopt where there was an error, which `problems` tells.
std::optional<health::Series> read_samples(const std::string& path, Duration slice, Files& files, Problems& problems);

}  // namespace isochrone::config
