#pragma once
// The old types that rdata.cc does not read itself (WKS, NSAP, NXT, …), by ldns, and octets of any type (RFC 3597 §5).

#include "zone/rdata.h"

namespace isochrone::zone {

bool parse_rdata_by_ldns(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems);

// \# length hex. Octets of a type that is known must be what that type has.
bool parse_generic_rdata(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems);

}  // namespace isochrone::zone
