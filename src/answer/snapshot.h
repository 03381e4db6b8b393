#pragma once
// The immutable state that queries are answered from: one root over shared parts.

#include <cstdint>
#include <memory>
#include <vector>

#include "answer/counter_table.h"
#include "answer/measured_at.h"
#include "answer/why_zones.h"
#include "steer/steer.h"
#include "wire/cookie.h"
#include "zone/zone.h"

namespace isochrone::answer {

using wire::CookieSecret;

struct Settings {
  std::vector<uint8_t> nsid;             // empty: none is given (RFC 5001)
  std::vector<CookieSecret> cookies;     // the first signs, all verify (RFC 9018 §5); empty: cookies are not answered
  uint16_t max_udp_payload = 1232;       // octets, 512–4096; what we offer, and the most we send over UDP
  uint16_t tcp_keepalive = 100;          // in 100 ms, RFC 7828
};

struct Snapshot {
  uint64_t generation = 0;
  Settings settings;
  std::shared_ptr<const zone::ZoneSet> zones;
  steer::Steering steering;
  std::shared_ptr<const AnswerSlots> slots;  // of steering.pools, from CounterTable::assign at load
  std::shared_ptr<const WhyZones> why;            // null: no zone tells reasons
  std::shared_ptr<const MeasuredAt> measured_at;  // for `why`; may be null
};

}  // namespace isochrone::answer
