#pragma once
// A node's own account of itself in etcd, format 1: who else is there, and does everybody serve the same? Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace isochrone::sync {

struct NodeKey {
  std::string node, region, version;
  uint64_t run = 0;                  // of this start: two nodes of one name are told apart by it
  uint64_t revision = 0;             // served; 0: none
  std::string manifest;              // digest of that revision's manifest; empty: of a version that does not tell it
  uint64_t refused = 0;              // newest revision that this node could not load; 0: none
  std::string fault;                 // of that one, for a person
  std::string answers;               // digest of what its clients may be given (cluster/answers_digest.h)
  std::vector<std::string> vantages; // heard freshly, sorted
  int64_t loaded_at = 0;             // Unix time by its own clock
  bool operator==(const NodeKey&) const = default;
};

std::string encode(const NodeKey& key);
// An Error: of another format, or not ours.
Result<NodeKey> decode_node_key(std::string_view text);

}  // namespace isochrone::sync
