#include "util/prefix_map.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace isochrone {

namespace {

// Whether slot `i` of a node that divides down to `end` bits is the first of the block in it.
bool begins_block(size_t i, uint32_t entry, int end) {
  const int inside = end - static_cast<int>(entry >> 24);  // a leaf's block is no longer than its slot
  return (i & ((size_t{1} << inside) - 1)) == 0;
}

uint32_t leaf(int block_len, uint32_t value) { return static_cast<uint32_t>(block_len) << 24 | value; }

}  // namespace

// `Item`: PrefixList::V4 or V6.
template <typename Item>
class PrefixMapBuilder {
 public:
  explicit PrefixMapBuilder(HugeVector<uint32_t>& nodes) : nodes_(nodes) {}

  void fill_root(std::span<const Item> items, std::span<uint32_t> slots) { divide(items, 0, PrefixMap::kNone, 16, slots); }

 private:
  // Fills `slots`, which stand for one prefix of `len` bits divided down to `end` bits, from the items at or inside
  // it; `value` is what the prefix matches so far. A prefix with nothing inside it is one block.
  void divide(std::span<const Item> items, int len, uint32_t value, int end, std::span<uint32_t> slots) {
    if (!items.empty() && static_cast<int>(items.front().len) == len) {
      value = items.front().value;
      assert(value <= PrefixMap::kMaxValue);
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

PrefixMap::PrefixMap(const PrefixList& list) {
  if (list.size() == 0) return;
  root_.resize(kRoots);
  const std::span<uint32_t> root = root_;
  PrefixMapBuilder<PrefixList::V4>(nodes_).fill_root(list.v4(), root.first(kRootSize));
  PrefixMapBuilder<PrefixList::V6>(nodes_).fill_root(list.v6(), root.last(kRootSize));
  nodes_.shrink_to_fit();
}

size_t PrefixMap::memory() const {
  return sizeof *this + sizeof(uint32_t) * (root_.capacity() + nodes_.capacity());
}

}  // namespace isochrone
