#pragma once
// Copies of the files of the last good load, so that a start from bad files can serve what was served before. They lie
// in STATE/last-good under their own absolute paths; a load with that folder as its root reads them as they were.

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.h"

namespace isochrone::node {

// STATE/last-good, whether there or not.
std::string last_good_root(const std::string& state_dir);

// Copies `files` and swaps the copies in at once. Any thread, one at a time. On an Error the copies
// kept before are still whole.
Status keep_last_good(const std::string& state_dir, const std::vector<std::string>& files, uint64_t digest);

}  // namespace isochrone::node
