#include "zone/tree.h"

#include <bit>

namespace isochrone::zone {

namespace {

constexpr NodeRef kFirst = 1;

}  // namespace

Tree::Tree(size_t nodes, size_t arena, uint64_t seed)
    : arena_(arena + kFirst * 4), seed_(seed) {
  // At least half as many slots again as nodes: a probe that misses ends after two or three neighbours.
  const size_t slots = std::bit_ceil(nodes + nodes / 2 + 1);
  slots_ = Pages(slots * 4);
  slot_mask_ = static_cast<uint32_t>(slots - 1);
  ref_mask_ = static_cast<uint32_t>(std::bit_ceil(arena / 4 + kFirst + 1) - 1);
}

NodeRef Tree::allocate(size_t size) {
  const NodeRef ref = next_;
  next_ += static_cast<uint32_t>(rounded_to_four(size) / 4);
  assert(size_t{next_} * 4 <= arena_.size());
  return ref;
}

void Tree::insert(NodeRef ref, uint32_t hash) {
  uint32_t i = hash & slot_mask_;
  while (load_as<uint32_t>(slots_.data() + size_t{i} * 4) != 0) i = (i + 1) & slot_mask_;
  store_as(slots_.data() + size_t{i} * 4, ref | (hash & ~ref_mask_));
}

size_t node_size(const uint8_t* at) {
  const auto header = load_as<NodeHeader>(at);
  const uint8_t* name = node_name(at, header);
  if (header.rrset_count == 0) return rounded_to_four(static_cast<size_t>(name - at) + header.name_size);
  return rounded_to_four(load_as<RRsetEntry>(name - sizeof(RRsetEntry)).end);
}

}  // namespace isochrone::zone
