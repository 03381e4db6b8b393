#pragma once
// What gateways have observed, as it is kept over a restart: a line a cell, so that 400,000 of them are written and read
// in a moment.
//
//   192.0.2.0/24 westus2 RTT SPREAD LEAST AGE MOVED4 MOVED6 WEIGHT     microseconds; AGE in milliseconds

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "health/ledger.h"
#include "util/result.h"

namespace isochrone::sync {

std::string encode_observations(std::span<const health::SavedCell> cells);
// An Error names the line.
Result<std::vector<health::SavedCell>> decode_observations(std::string_view text);

}  // namespace isochrone::sync
