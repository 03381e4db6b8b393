#pragma once
// What vantages and gateways tell, as values in etcd: the texts of probe/wire_json.h, compressed (RFC 1950). Pure.
//
//   live/vantage/VANTAGE          a vantage's last report, whole; format 2. Format 1 was the text as it is, and is still read
//   live/observed/REGION/WRITER   the last reports of the region's gateways that WRITER made or was told, a line each, oldest
//                                 first: who missed some of its values has them from a later one

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "health/observation.h"
#include "health/report.h"
#include "util/result.h"

namespace isochrone::sync {

// Octets of one such value. etcd takes requests of 1.5 MiB; a node reads all of them in one answer of at most 64 MB.
inline constexpr size_t kMostObservedValue = 256 << 10;

std::string encode_vantage(const health::VantageReport& report);
// An Error: of another format, corrupt, longer than a report may be, or none.
Result<health::VantageReport> decode_vantage(std::string_view value);

std::string encode_observed(std::span<const health::ObservationReport> reports);
// An Error as above, or one that is of another region; then none of them is good.
Result<std::vector<health::ObservationReport>> decode_observed(std::string_view value, std::string_view region);

}  // namespace isochrone::sync
