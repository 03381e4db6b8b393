#pragma once
// The immutable state that queries are answered from: one root over shared parts.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "steer/steer.h"
#include "zone/zone.h"

namespace isochrone::answer {

// Server cookies (RFC 9018). The first secret signs; all of them verify, so secrets can be rolled.
using CookieSecret = std::array<uint8_t, 16>;

struct Settings {
  std::vector<uint8_t> nsid;             // empty: none is given (RFC 5001)
  std::vector<CookieSecret> cookies;     // empty: cookies are not answered
  uint16_t max_udp_payload = 1232;       // octets; what we offer, and the most we send over UDP
  uint16_t tcp_keepalive = 100;          // in 100 ms, RFC 7828
};

struct Snapshot {
  uint64_t generation = 0;
  Settings settings;
  std::shared_ptr<const zone::ZoneSet> zones;
  steer::Steering steering;
};

}  // namespace isochrone::answer
