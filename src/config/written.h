#pragma once
// What the folders probes/ and zones/ have written in them, each file checked by itself.

#include <optional>
#include <vector>

#include "config/files.h"
#include "config/probes.h"
#include "config/zones.h"
#include "util/problem.h"

namespace isochrone::config {

struct Written {
  ProbesConfig probes;
  std::vector<ZoneConfig> zones;  // by file name
};

// nullopt: probes/ could not be read as a whole, so that what zones name might be there; problems have been told, of zones only
// what is wrong in any case. With a table or a region of NodeConfig's "what if" in the place of the written ones.
std::optional<Written> read_written(const NodeConfig& node, Files& files, Problems& problems);

}  // namespace isochrone::config
