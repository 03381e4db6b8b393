#pragma once
// Longest-prefix match: address → (value, length of the block around it), a block being the largest prefix around
// the address in which every address gives this same stored prefix. Immutable once built.
//
// One structure for both families: a table over the first 16 bits, then a trie of eight bits a level, made only where
// prefixes are longer. A node of 256 slots keeps a bit for every slot that differs from the one before it, and one
// entry for each such run (the bitmaps of Asai & Ohara, "Poptrie", SIGCOMM 2015). An IPv4 /24 is found with three
// dependent loads, an IPv6 /48 with nine, most of them in lines that are read often.
//
//   entry   block_len:8 value:24 — a leaf; or 0b11 and 30 bits — where in nodes_ its node begins
//   node    8 words: bitmap of 256 slots · 2 words: for each of those 8, how many runs began before it · the entries

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "util/huge_vector.h"
#include "util/ip.h"
#include "util/prefetch.h"

namespace isochrone {

class PrefixMap {
 public:
  static constexpr uint32_t kMaxValue = 0xfffffe;  // 24 bits are stored, 0xffffff is "none"
  static constexpr uint32_t kNone = 0xffffff;

  struct Match {
    uint32_t value = kNone;
    uint8_t block_len = 0;  // bits
  };

  PrefixMap() = default;  // of nothing: every address is in the one block of its family
  // Prefixes in any order (in ascending order it is faster), each at most once; values at most kMaxValue.
  explicit PrefixMap(const std::vector<std::pair<Prefix, uint32_t>>& entries);

  Match find(const IpAddress& address) const {
    if (root_.empty()) return {};
    uint32_t entry = root_[root_slot(address)];
    for (size_t i = 2; entry >= kNode; ++i) entry = slot(nodes_.data() + (entry - kNode), address.octets[i]);
    return {entry & 0xffffff, static_cast<uint8_t>(entry >> 24)};
  }
  // Ask for the memory that find() will read: first in the root, then, when that has come, of the node below it.
  void prefetch_root(const IpAddress& address) const {
    if (!root_.empty()) prefetch(&root_[root_slot(address)]);
  }
  void prefetch_node(const IpAddress& address) const {
    if (root_.empty() || root_[root_slot(address)] < kNode) return;
    const uint32_t* node = nodes_.data() + (root_[root_slot(address)] - kNode);
    prefetch(node);
    prefetch(node + kNodeHeader + 5);  // most nodes are no longer, and half of them lie across two lines
  }
  size_t memory() const;  // octets

  // Every block once, in address order, IPv4 first: for checkers and tests.
  std::vector<std::pair<Prefix, uint32_t>> blocks() const;

 private:
  friend class PrefixMapBuilder;
  static constexpr uint32_t kNode = 0xc0000000;  // above any leaf: block_len is at most 128
  static constexpr size_t kNodeHeader = 10;      // words before a node's entries

  static constexpr size_t kRootSize = size_t{1} << 16;  // of one family

  static size_t root_slot(const IpAddress& address) {
    const size_t begin = address.family == Family::V4 ? 0 : kRootSize;
    return begin + (size_t{address.octets[0]} << 8 | address.octets[1]);
  }

  // Without an instruction for it (x86-64's first level has none) std::popcount would be a call.
  static uint32_t count_ones(uint32_t bits) {
    bits -= bits >> 1 & 0x55555555;
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
    return ((bits + (bits >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
  }
  static uint32_t slot(const uint32_t* node, uint32_t octet) {
    const uint32_t word = octet >> 5;
    const uint32_t runs_before = node[8 + (word >> 2)] >> 8 * (word & 3) & 0xff;
    const uint32_t up_to_here = node[word] & UINT32_MAX >> (31 - (octet & 31));
    return node[kNodeHeader + runs_before + count_ones(up_to_here) - 1];  // slot 0 always begins a run
  }

  HugeVector<uint32_t> root_;  // IPv4's entries, then IPv6's: together they fill a huge page better. Or none
  HugeVector<uint32_t> nodes_;
};

}  // namespace isochrone
