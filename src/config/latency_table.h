#pragma once
// Measured latencies from CSV → rows of the latency map. Two forms, told apart by the first line:
//
//   prefix,region,rtt_ms          one cell a line; a prefix's lines may stand anywhere
//   prefix,<region>,<region>,…    one row a line; cells may be empty
//
// Read as a stream: a row costs what the map keeps of it and 24 octets more while it is read (long form: 32 a cell).

#include "config/files.h"
#include "config/probes.h"
#include "steer/latency_map.h"
#include "util/problem.h"

namespace isochrone::config {

// `number` is the table's place in `config.tables`.
void read_latency_table(int number, const ProbesConfig& config, Files& files, steer::LatencyMapBuilder& map,
                        Problems& problems);

}  // namespace isochrone::config
