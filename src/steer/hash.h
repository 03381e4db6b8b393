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

}  // namespace isochrone::steer
