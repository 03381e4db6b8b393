#pragma once
// The hash of a name's octets. Keyed: whoever may choose names in a zone (tenants do) must not be able to choose
// names that collide, as long as the seed is a secret of this process.

#include <cstdint>
#include <cstring>

namespace isochrone::zone {

namespace hash_inside {

template <typename T>
inline uint64_t load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The two halves of the 128-bit product, folded: every bit of both factors reaches every bit of the result.
inline uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace hash_inside

// `octets` are lower-cased already. Short names, which nearly all are, cost two multiplications.
inline uint32_t hash_octets(const uint8_t* octets, size_t size, uint64_t seed) {
  using namespace hash_inside;
  constexpr uint64_t kOdd1 = 0x9e3779b97f4a7c15, kOdd2 = 0xd6e8feb86659fd93;  // odd, as many ones as zeros
  uint64_t state = seed ^ fold(size + kOdd1, kOdd2);
  while (size > 16) {
    state = fold(load<uint64_t>(octets) ^ kOdd1 ^ state, load<uint64_t>(octets + 8) ^ kOdd2 ^ (state >> 32));
    octets += 16;
    size -= 16;
  }
  uint64_t a = 0, b = 0;  // the last 0 to 16 octets, by loads that overlap
  if (size >= 8) {
    a = load<uint64_t>(octets);
    b = load<uint64_t>(octets + size - 8);
  } else if (size >= 4) {
    a = load<uint32_t>(octets);
    b = load<uint32_t>(octets + size - 4);
  } else if (size > 0) {
    a = uint64_t{octets[0]} << 16 | uint64_t{octets[size / 2]} << 8 | octets[size - 1];
  }
  const uint64_t mixed = fold(fold(a ^ kOdd2 ^ state, b ^ kOdd1 ^ seed), kOdd1 ^ state);
  return static_cast<uint32_t>(mixed ^ mixed >> 32);
}

}  // namespace isochrone::zone
