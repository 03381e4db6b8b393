#pragma once
// Which of two RRs of one name and type comes first, and whether they are the same one.

#include <compare>
#include <cstdint>
#include <span>

#include "wire/types.h"

namespace isochrone::zone {

// By octets as in RFC 4034 §6.3; the case of letters does not matter in names, of those types that §6.2 lists. In other types
// each octet does, in their names too (RFC 3597 §6, RFC 6840 §5.1).
std::strong_ordering compare_rdata(wire::Type type, std::span<const uint8_t> a, std::span<const uint8_t> b);

}  // namespace isochrone::zone
