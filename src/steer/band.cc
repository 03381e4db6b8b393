#include "steer/band.h"
#include "steer/hash.h"

#include <array>
#include <bit>

namespace isochrone::steer {

namespace {

// log2(1 + i / 256) × 2^32, by squaring: in each turn the square is above 2 where the next binary digit is 1.
constexpr std::array<uint64_t, 257> make_log2_table() {
  std::array<uint64_t, 257> table{};
  for (uint64_t i = 0; i < 256; ++i) {
    uint64_t x = (uint64_t{1} << 31) + (i << 23);  // 1 ≤ x < 2, 31 bits behind the point
    uint64_t digits = 0;
    for (int turn = 0; turn < 32; ++turn) {
      x = x * x >> 31;
      digits <<= 1;
      if (x >> 32) digits |= 1, x >>= 1;
    }
    table[i] = digits;
  }
  table[256] = uint64_t{1} << 32;
  return table;
}

constexpr auto kLog2 = make_log2_table();

// -log2(h / 2^64) × 2^32, between 0 and 64 × 2^32; h is not 0. Its error is below 2^-18.
constexpr uint64_t minus_log2(uint64_t h) {
  const int zeros = std::countl_zero(h);
  const uint64_t mantissa = h << zeros << 1;  // what stands behind the leading one
  const uint64_t at = mantissa >> 56, rest = mantissa >> 24 & 0xffffffff;
  const uint64_t fraction = kLog2[at] + ((kLog2[at + 1] - kLog2[at]) * rest >> 32);
  return (static_cast<uint64_t>(zeros + 1) << 32) - fraction;
}

uint64_t network_of(const IpAddress& client) {
  uint64_t bits = 0;
  const IpAddress cut = client.masked(weight_cut(client.family));
  for (size_t i = 0; i < 5; ++i) bits = bits << 8 | cut.octets[i];
  return bits << 8 | static_cast<uint64_t>(client.family);
}

}  // namespace

uint64_t draw_of_network(const Pool& pool, const IpAddress& client) { return mix(pool.hash_seed ^ mix(network_of(client))); }

// Of what a resolver varies from query to query (RFC 5452 §9.2 wants its IDs to be random): no state, no generator.
uint64_t draw_of_answer(const Pool& pool, const Client& client) {
  return mix(draw_of_network(pool, client.address) + client.query_id);
}

RegionId pick_by_weight(std::span<const RegionId> members, const Pool& pool, const std::vector<Region>& regions,
                        uint64_t drawn) {
  if (members.size() == 1) return members[0];
  RegionId best = members[0];
  uint64_t best_weight = 0, best_cost = 1;
  for (const RegionId region : members) {
    const uint64_t cost = minus_log2(mix(drawn ^ hash_of(name_of(pool, regions, region))) | 1);
    const uint64_t weight = pool.weight_of[region];
    // weight / cost > best_weight / best_cost; a weight has 10 bits, a cost 39.
    if (weight * best_cost > best_weight * cost) best = region, best_weight = weight, best_cost = cost;
  }
  return best;
}

}  // namespace isochrone::steer
