#include "util/prefix_map.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace isochrone {

namespace {

// A stored prefix as the builder sorts and divides it: the address as a 128-bit number, IPv4 in its first 32 bits.
struct Item {
  uint64_t high, low;
  uint32_t value;
  uint8_t len;

  bool bit(int i) const { return (i < 64 ? high >> (63 - i) : low >> (127 - i)) & 1; }
  // A prefix comes before those inside it.
  bool operator<(const Item& o) const {
    if (high != o.high) return high < o.high;
    if (low != o.low) return low < o.low;
    return len < o.len;
  }
};

uint64_t big_endian(const uint8_t* octets) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | octets[i];
  return value;
}

std::vector<Item> sorted_items(const std::vector<std::pair<Prefix, uint32_t>>& entries, Family family) {
  std::vector<Item> items;
  items.reserve(entries.size());
  for (const auto& [prefix, value] : entries) {
    assert(value <= PrefixMap::kMaxValue);
    if (prefix.family() != family) continue;
    const uint8_t* octets = prefix.address.octets.data();
    items.push_back({big_endian(octets), big_endian(octets + 8), value, prefix.len});
  }
  if (!std::is_sorted(items.begin(), items.end())) std::sort(items.begin(), items.end());
  return items;
}

// Whether slot `i` of a node that divides down to `end` bits is the first of the block in it.
bool begins_block(size_t i, uint32_t entry, int end) {
  const int inside = end - static_cast<int>(entry >> 24);  // a leaf's block is no longer than its slot
  return (i & ((size_t{1} << inside) - 1)) == 0;
}

uint32_t leaf(int block_len, uint32_t value) { return static_cast<uint32_t>(block_len) << 24 | value; }

}  // namespace

class PrefixMapBuilder {
 public:
  explicit PrefixMapBuilder(HugeVector<uint32_t>& nodes) : nodes_(nodes) {}

  void fill_root(std::span<const Item> items, std::span<uint32_t> slots) { divide(items, 0, PrefixMap::kNone, 16, slots); }

 private:
  // Fills `slots`, which stand for one prefix of `len` bits divided down to `end` bits, from the items at or inside
  // it; `value` is what the prefix matches so far. A prefix with nothing inside it is one block.
  void divide(std::span<const Item> items, int len, uint32_t value, int end, std::span<uint32_t> slots) {
    if (!items.empty() && items.front().len == len) {
      value = items.front().value;
      items = items.subspan(1);
    }
    if (items.empty()) {
      std::fill(slots.begin(), slots.end(), leaf(len, value));
    } else if (len == end) {
      slots.front() = node(items, len, value);
    } else {
      const auto upper = std::partition_point(items.begin(), items.end(), [len](const Item& i) { return !i.bit(len); });
      const auto lower_count = static_cast<size_t>(upper - items.begin());
      divide(items.first(lower_count), len + 1, value, end, slots.first(slots.size() / 2));
      divide(items.subspan(lower_count), len + 1, value, end, slots.subspan(slots.size() / 2));
    }
  }

  uint32_t node(std::span<const Item> items, int len, uint32_t value) {
    std::array<uint32_t, 256> slots;
    divide(items, len, value, len + 8, slots);

    std::array<uint32_t, PrefixMap::kNodeHeader + 256> words{};
    size_t size = PrefixMap::kNodeHeader;
    for (size_t i = 0; i < 256; ++i) {
      const auto runs = static_cast<uint32_t>(size - PrefixMap::kNodeHeader);
      if (i % 32 == 0) words[8 + i / 128] |= runs << 8 * (i / 32 % 4);
      if (i != 0 && slots[i] == slots[i - 1] && !begins_block(i, slots[i], len + 8)) continue;
      words[i / 32] |= uint32_t{1} << i % 32;
      words[size++] = slots[i];
    }
    const size_t at = nodes_.size();
    assert(at + size < UINT32_MAX - PrefixMap::kNode);
    nodes_.insert(nodes_.end(), words.begin(), words.begin() + size);
    return PrefixMap::kNode + static_cast<uint32_t>(at);
  }

  HugeVector<uint32_t>& nodes_;
};

PrefixMap::PrefixMap(const std::vector<std::pair<Prefix, uint32_t>>& entries) {
  if (entries.empty()) return;
  root_.resize(kRoots);
  const std::span<uint32_t> root = root_;
  PrefixMapBuilder builder(nodes_);
  builder.fill_root(sorted_items(entries, Family::V4), root.first(kRootSize));
  builder.fill_root(sorted_items(entries, Family::V6), root.last(kRootSize));
  nodes_.shrink_to_fit();
}

size_t PrefixMap::memory() const {
  return sizeof *this + sizeof(uint32_t) * (root_.capacity() + nodes_.capacity());
}

}  // namespace isochrone
