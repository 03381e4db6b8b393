#pragma once
// Files as they travel through etcd: cut into pieces that are named by their digest and compressed, so that what did not
// change is there already. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace isochrone::sync {

// Octets of a piece before it is compressed. etcd takes requests of 1.5 MiB; base64 is a third longer.
inline constexpr size_t kMostChunk = 1 << 20;
inline constexpr size_t kLeastChunk = 64 << 10;

// Cuts where the content says so, so that a line put in changes one piece or two and not all behind it: at the end of a
// line whose octets hash to a rare value, not before kLeastChunk, and at kMostChunk at the latest. Views into `octets`.
std::vector<std::string_view> cut(std::string_view octets);

std::string pack(std::string_view chunk);              // RFC 1950
// An Error: corrupt, or longer than `most`; no more memory is taken than twice what comes out.
Result<std::string> unpack(std::string_view packed, size_t most = kMostChunk);

}  // namespace isochrone::sync
