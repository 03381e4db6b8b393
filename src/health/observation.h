#pragma once
// What a gateway tells of the clients that come to it: the kernel's own round-trip times of their connections, gathered
// per client network. Ages, never clock times.

#include <cstdint>
#include <string>
#include <vector>

#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::health {

// One network's connections since the report before.
struct Observation {
  Prefix network;         // folded, steer::observed_len() bits
  uint32_t samples = 0;   // connections, or looks at them that said something new; at least 1
  Duration rtt{};         // median
  Duration spread{};      // half the way from the lower to the upper quartile
  Duration least{};
  Duration age{};         // since the last of them
};

// What was seen longer ago says nothing that would still be acted on: it is neither told nor taken.
inline constexpr Duration kOldestSeen = 24h;
inline void drop_too_old(std::vector<Observation>& networks) {
  std::erase_if(networks, [](const Observation& seen) { return seen.age > kOldestSeen; });
}

struct ObservationReport {
  std::string region;     // where the gateway stands: the one column that it may write
  uint64_t run = 0;       // as VantageReport
  uint64_t sequence = 0;
  uint64_t forgotten = 0; // networks that this run of the observer had no room for, so far
  std::vector<Observation> networks;
};

}  // namespace isochrone::health
