#pragma once
// The two kinds of field of a latency table, read for every cell of a million rows.

#include <optional>
#include <string_view>

#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::config {

// "12", "12.5": milliseconds from 0 to `most`. No sign, no exponent.
std::optional<Duration> parse_rtt(std::string_view text, Duration most = 30s);

// As Prefix::parse, which does the rest: the usual "192.0.2.0/24" is taken without a detour.
std::optional<Prefix> parse_table_prefix(std::string_view text, bool* host_bits);

}  // namespace isochrone::config
