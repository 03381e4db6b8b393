#pragma once
// What a simulated WAN is made of: places with their networks, and the round-trip time between each two.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/ip.h"
#include "util/result.h"

namespace isochrone::lab {

struct Place {
  std::string name;  // at most kMaxName octets: letters, digits, hyphens
  Prefix v4;         // every address in it is the place's own; the first after the network's is what it sends from
  Prefix v6;

  static constexpr size_t kMaxName = 40;
};

struct Plan {
  std::vector<Place> places;
  std::vector<double> rtt_ms;  // from * places.size() + to; a place to itself is 0

  std::optional<size_t> find(std::string_view name) const;
  double rtt(size_t from, size_t to) const { return rtt_ms[from * places.size() + to]; }
};

// `places` is CSV "place,ipv4,ipv6", `matrix` CSV "source,destination,rtt_ms"; both with that header line, '#' starting
// a comment line. A pair given one way only counts both ways; a pair not given at all is an error. Rows of places that
// are not in `places` are passed over, so that a plan may use a few places of a big matrix.
Result<Plan> parse_plan(std::string_view places, std::string_view matrix);

// The address a place sends from.
IpAddress first_address(const Prefix& prefix);

}  // namespace isochrone::lab
