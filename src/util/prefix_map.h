#pragma once
// Longest-prefix match: address → (value, length of the block around it), a block being the largest prefix around
// the address in which every address gives this same stored prefix. Immutable once built.
//
// One structure for both families: a table over the first 16 bits, then a trie of eight bits a level, made only where
// prefixes are longer. A node of 256 slots keeps a bit for every slot that differs from the one before it, and one
// entry for each such run (the bitmaps of Asai & Ohara, "Poptrie", SIGCOMM 2015). An IPv4 /24 is found with three
// dependent loads, an IPv6 /48 with nine, most of them in lines that are read often. A run never goes over the end of
// a block, so what is found has a place of its own, and more can be kept of a block beside the map.
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
#include "util/prefix_list.h"

namespace isochrone {

class PrefixMap {
 public:
  static constexpr uint32_t kMaxValue = 0xfffffe;  // 24 bits are stored, 0xffffff is "none"
  static constexpr uint32_t kNone = 0xffffff;

  struct Match {
    uint32_t value = kNone;
    uint8_t block_len = 0;  // bits
    uint32_t place = 0;     // below places(); of one block alone. A block shorter than 16 bits has several in a row
  };

  PrefixMap() = default;  // of nothing: every address is in the one block of its family
  // Values at most kMaxValue.
  explicit PrefixMap(const PrefixList& list);
  explicit PrefixMap(const std::vector<std::pair<Prefix, uint32_t>>& entries) : PrefixMap(PrefixList(entries)) {}

  Match find(const IpAddress& address) const {
    if (root_.empty()) return {};
    size_t place = root_slot(address);
    uint32_t entry = root_[place];
    for (size_t i = 2; entry >= kNode; ++i) {
      const size_t at = slot(entry - kNode, address.octets[i]);
      entry = nodes_[at];
      place = kRoots + at;
    }
    return {entry & 0xffffff, static_cast<uint8_t>(entry >> 24), static_cast<uint32_t>(place)};
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
  size_t places() const { return root_.size() + nodes_.size(); }

  // Calls f(block, match) for every block once, in address order, IPv4 first.
  template <typename F>
  void for_each_block(F f) const {
    for (const Family family : {Family::V4, Family::V6}) for_each_block_in({{family, {}}, 0}, f);
  }
  // The same of those inside `prefix`, which must not be inside of one.
  template <typename F>
  void for_each_block_in(const Prefix& prefix, F f) const {
    for_each_block_from(prefix.address, [&](const IpAddress& at) { return prefix.contains(at); }, f);
  }
  // The same from the block that begins at `first`, while is_wanted(where the next one begins), to the end of the family.
  template <typename Wanted, typename F>
  void for_each_block_from(const IpAddress& first, Wanted is_wanted, F f) const {
    for (std::optional at = first; at && is_wanted(*at);) {
      const Match match = find(*at);
      const Prefix block = Prefix::make(*at, match.block_len);
      f(block, match);
      at = address_behind(block);
    }
  }

 private:
  template <typename Item>
  friend class PrefixMapBuilder;
  static constexpr uint32_t kNode = 0xc0000000;  // above any leaf: block_len is at most 128
  static constexpr size_t kNodeHeader = 10;      // words before a node's entries

  static constexpr size_t kRootSize = size_t{1} << 16;  // of one family
  static constexpr size_t kRoots = 2 * kRootSize;

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
  // Where in nodes_ the entry for `octet` is, of the node that begins at `begin`.
  size_t slot(size_t begin, uint32_t octet) const {
    const uint32_t* node = nodes_.data() + begin;
    const uint32_t word = octet >> 5;
    const uint32_t runs_before = node[8 + (word >> 2)] >> 8 * (word & 3) & 0xff;
    const uint32_t up_to_here = node[word] & UINT32_MAX >> (31 - (octet & 31));
    return begin + kNodeHeader + runs_before + count_ones(up_to_here) - 1;  // slot 0 always begins a run
  }

  HugeVector<uint32_t> root_;  // IPv4's entries, then IPv6's: together they fill a huge page better. Or none
  HugeVector<uint32_t> nodes_;
};

}  // namespace isochrone
