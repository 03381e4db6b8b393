#pragma once
// The answer to a query that is signed with a key nobody has here (RFC 8945 §5.2.1): NOTAUTH with a TSIG RR that says BADKEY and,
// for want of the key, is not signed (§5.3.2).

#include <cstdint>
#include <span>

#include "wire/query.h"

namespace isochrone::wire {

// Key and algorithm of 255 octets each.
inline constexpr size_t kMaxTsigError = 2 * kMaxName + 26;

// The RR, for Response::finish(): owner, algorithm, time and ID are the query's, which has a TSIG. It lies in `room`; empty where the
// key's name or the algorithm's is none.
std::span<const uint8_t> bad_key(const Query& query, std::span<uint8_t, kMaxTsigError> room);

}  // namespace isochrone::wire
