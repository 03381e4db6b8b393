#pragma once
// The RDATA of RRs as they lie in a zone (see zone::RRset).

#include "zone/zone.h"

namespace isochrone::answer {

inline constexpr size_t kRrHead = 12;  // octets before RDATA: C0 0C, TYPE, CLASS, TTL, RDLENGTH

inline std::span<const uint8_t> first_rdata(const zone::RRset& rrset) {
  return rrset.wire.subspan(kRrHead, size_t{rrset.wire[10]} << 8 | rrset.wire[11]);
}

// Calls f with the RDATA of each RR, in order.
template <typename F>
void for_each_rdata(const zone::RRset& rrset, F f) {
  for (std::span<const uint8_t> rest = rrset.wire; !rest.empty();) {
    const size_t length = size_t{rest[10]} << 8 | rest[11];
    f(rest.subspan(kRrHead, length));
    rest = rest.subspan(kRrHead + length);
  }
}

}  // namespace isochrone::answer
