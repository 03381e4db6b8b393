#include "wire/siphash.h"

#include <bit>

namespace isochrone::wire {
namespace {

uint64_t little_endian(const uint8_t* octets, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value |= uint64_t{octets[i]} << 8 * i;
  return value;
}

struct State {
  uint64_t v0, v1, v2, v3;

  void rounds(int n) {
    for (; n > 0; --n) {
      v0 += v1, v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1, v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  }
  void absorb(uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
};

}  // namespace

uint64_t siphash24(const std::array<uint8_t, 16>& key, std::span<const uint8_t> message) {
  const uint64_t k0 = little_endian(key.data(), 8), k1 = little_endian(key.data() + 8, 8);
  // "somepseudorandomlygeneratedbytes", the paper's constants.
  State state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};

  const uint8_t* at = message.data();
  size_t left = message.size();
  for (; left >= 8; at += 8, left -= 8) state.absorb(little_endian(at, 8));
  state.absorb(little_endian(at, left) | uint64_t{message.size()} << 56);

  state.v2 ^= 0xff;
  state.rounds(4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace isochrone::wire
