#pragma once
// The RDATA of RRs as they lie in a zone (see zone::RRset).

#include "wire/rr.h"
#include "zone/zone.h"

namespace isochrone::answer {

inline std::span<const uint8_t> first_rdata(const zone::RRset& rrset) {
  return rrset.wire.subspan(wire::kRrHeader, wire::rdata_size_of(rrset.wire.data()));
}

// Calls f with the RDATA of each RR, in order.
template <typename F>
void for_each_rdata(const zone::RRset& rrset, F f) {
  for (std::span<const uint8_t> rest = rrset.wire; !rest.empty();) {
    const size_t size = wire::rdata_size_of(rest.data());
    f(rest.subspan(wire::kRrHeader, size));
    rest = rest.subspan(wire::kRrHeader + size);
  }
}

}  // namespace isochrone::answer
