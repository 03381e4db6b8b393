#pragma once
// How a zone lies in memory: one arena of nodes and one table that finds a node by the hash of its relative name,
// the octets of the lower-cased name that stand before the apex ("www" of www.example. in example.; empty: the apex).
//
//   slot ──► node:  NodeHeader | RRsetEntry × rrset_count | relative name | RRs of the first set | of the second | …
//
// A node begins at a multiple of four octets; its reference is its offset in the arena divided by four, and 0 is no
// node. A slot is a reference with a few bits of the hash in front, as many as the references of this zone leave
// free, so that a slot of another name is passed over without touching that name. Host byte order but for the RRs.

#include <cassert>
#include <cstdint>
#include <cstring>

#include "util/prefetch.h"
#include "zone/hash.h"
#include "zone/pages.h"
#include "zone/zone.h"

namespace isochrone::zone {

using NodeRef = uint32_t;

struct NodeHeader {
  NodeRef cut = 0;       // topmost zone cut at or above this name, below the apex
  NodeRef wildcard = 0;  // "*" below this name
  PoolId pool = kNoPool;
  uint16_t rrset_count = 0;
  uint8_t name_size = 0;  // octets of the relative name
  uint8_t depth = 0;      // labels of the relative name
};

// The sets of a node in the order of their type numbers. A set begins where the one before it ends.
struct RRsetEntry {
  uint16_t type = 0;
  uint16_t count = 0;  // RRs
  uint32_t end = 0;    // octets from the beginning of the node
};

static_assert(sizeof(NodeHeader) == 16 && sizeof(RRsetEntry) == 8);

template <typename T>
T load_as(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
void store_as(uint8_t* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
}

inline const uint8_t* node_name(const uint8_t* node, const NodeHeader& header) {
  return node + sizeof(NodeHeader) + header.rrset_count * sizeof(RRsetEntry);
}

class Tree {
 public:
  Tree() = default;
  // Room for exactly `nodes` nodes, which take `arena` octets together, each rounded up to a multiple of four.
  Tree(size_t nodes, size_t arena, uint64_t seed);

  // 0 where there is no such name.
  NodeRef find(const uint8_t* name, size_t size) const {
    const uint32_t hash = hash_octets(name, size, seed_);
    const uint32_t tag = hash & ~ref_mask_;
    for (uint32_t i = hash & slot_mask_;; i = (i + 1) & slot_mask_) {
      const uint32_t slot = load_as<uint32_t>(slots_.data() + size_t{i} * 4);
      if (slot == 0) return 0;
      if ((slot & ~ref_mask_) != tag) continue;
      const uint8_t* node = at(slot & ref_mask_);
      prefetch(node + 64);  // where the RRs are, if the node does not lie in one cache line
      const auto header = load_as<NodeHeader>(node);
      if (header.name_size == size && std::memcmp(node_name(node, header), name, size) == 0) return slot & ref_mask_;
    }
  }

  const uint8_t* at(NodeRef ref) const { return arena_.data() + size_t{ref} * 4; }

  // For the builder: memory for the next node, and its place in the table once its name is known.
  NodeRef allocate(size_t size);
  uint8_t* at(NodeRef ref) { return arena_.data() + size_t{ref} * 4; }
  void insert(NodeRef ref, uint32_t hash);

  NodeRef apex() const { return 1; }  // allocated first
  NodeRef end() const { return next_; }
  size_t memory() const { return arena_.size() + slots_.size(); }

 private:
  Pages arena_, slots_;
  uint64_t seed_ = 0;
  NodeRef next_ = 1;
  uint32_t slot_mask_ = 0;  // number of slots, a power of two, less one
  uint32_t ref_mask_ = 0;   // the bits of a slot that are the reference; the others are the hash's own bits
};

// Octets that the node at `at` takes, rounded up to a multiple of four.
size_t node_size(const uint8_t* at);

inline size_t rounded_to_four(size_t size) { return (size + 3) & ~size_t{3}; }

}  // namespace isochrone::zone
