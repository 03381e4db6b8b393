#pragma once
// Prefixes in ascending order with a value of 24 bits each, packed: 8 octets one of IPv4, 24 one of IPv6.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "util/ip.h"

namespace isochrone {

class PrefixList {
 public:
  // The address as a number, its first bit the highest.
  struct V4 {
    uint32_t address;
    uint32_t len : 8, value : 24;
    bool bit(int i) const { return address >> (31 - i) & 1; }
    // A prefix comes before those inside it.
    bool operator<(const V4& o) const { return address != o.address ? address < o.address : len < o.len; }
  };
  struct V6 {
    uint64_t high, low;
    uint32_t len : 8, value : 24;
    bool bit(int i) const { return (i < 64 ? high >> (63 - i) : low >> (127 - i)) & 1; }
    bool operator<(const V6& o) const {
      if (high != o.high) return high < o.high;
      return low != o.low ? low < o.low : len < o.len;
    }
  };

  PrefixList() = default;
  // In any order, each prefix at most once.
  explicit PrefixList(const std::vector<std::pair<Prefix, uint32_t>>& entries);

  // The prefix comes after all that are there.
  void append(const Prefix& prefix, uint32_t value);

  size_t size() const { return v4_.size() + v6_.size(); }
  std::pair<Prefix, uint32_t> operator[](size_t i) const;
  std::span<const V4> v4() const { return v4_; }
  std::span<const V6> v6() const { return v6_; }
  size_t memory() const { return v4_.capacity() * sizeof(V4) + v6_.capacity() * sizeof(V6); }  // octets

 private:
  std::vector<V4> v4_;
  std::vector<V6> v6_;
};

}  // namespace isochrone
