#pragma once
// Longest-prefix match: address → (value, length of the block around it), a block being the largest prefix around
// the address in which every address gives this same stored prefix. Immutable once built.
//
// IPv4: a table over the first 16 bits, then tables of 256 for the third and fourth octet where there is something:
// one to three dependent loads. IPv6: a multi-bit trie with bitmaps (Asai & Ohara, SIGCOMM 2015, "Poptrie").

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "util/ip.h"

namespace isochrone {

class PrefixMap {
 public:
  static constexpr uint32_t kMaxValue = 0xfffffe;  // 24 bits are stored, 0xffffff is "none"
  static constexpr uint32_t kNone = 0xffffff;

  struct Match {
    uint32_t value = kNone;
    uint8_t block_len = 0;  // bits
  };

  PrefixMap();
  // Prefixes in any order, each at most once; values at most kMaxValue.
  explicit PrefixMap(std::vector<std::pair<Prefix, uint32_t>> entries);

  Match find(const IpAddress& address) const;
  // Asks for the cache line that find() will read first.
  void prefetch(const IpAddress& address) const;
  size_t memory() const;  // octets

  // Every block once, in address order, IPv4 first: for checkers and tests.
  std::vector<std::pair<Prefix, uint32_t>> blocks() const;

 private:
  // to be filled in by the implementation
};

}  // namespace isochrone
