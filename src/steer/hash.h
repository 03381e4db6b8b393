#pragma once

#include <cstdint>
#include <string_view>

namespace isochrone::steer {

// FNV-1a, 64 bits: the same on every machine and after every restart.
inline uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// The finaliser of MurmurHash3: every bit of the input stirs every bit of the result.
constexpr uint64_t mix(uint64_t x) {
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

}  // namespace isochrone::steer
