#pragma once
// Scopes wider than a block (DESIGN §4): around neighbouring blocks that a pool gives the same answer, the widest prefix
// in which that is so. Worked out off the query path for a Steering as it is, and good while its parts are the same;
// until then, and for the pools for which there is no memory, a client's block is its scope.
//
//   Steering ─► merge_scopes (tens of ms a table, any thread) ─► Scopes ─► Steering::scopes
//                    └── after rows have moved: from the scopes before, by what was touched

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "steer/steer.h"
#include "util/huge_vector.h"

namespace isochrone::steer {

// Of one pool and family of question.
struct MergedScopes {
  bool same_for_all = false;     // every client of either family is given the same: scope 0, and no lengths
  HugeVector<uint8_t> len_of;    // by Block::place: bits of the merged prefix, at most the block's
  // Two clients who were not given the same; none where the pool never gives everybody the same.
  std::optional<std::pair<IpAddress, IpAddress>> differing;
};

class MovableSources;

class Scopes {
 public:
  // Of all tables together. A table takes an octet for every word of the map: 0.5 MiB for 100,000 prefixes.
  static constexpr size_t kMostOctets = size_t{64} << 20;

  // Null: scopes are blocks.
  const MergedScopes* find(zone::PoolId pool, Family family) const { return of_pool_[pool][family == Family::V6]; }
  // Asks for the memory that most pools read of this block for a question of `family`.
  void prefetch(const Block& block, Family family) const {
    if (const uint8_t* common = common_[family == Family::V6]) isochrone::prefetch(common + block.place);
  }
  size_t tables() const { return by_shape_.size(); }
  size_t memory() const;         // octets
  size_t pools_left_out() const { return left_out_; }  // (pool, family) pairs for which no memory was left
  size_t tables_merged_whole() const { return merged_whole_; }  // the others were there, or were made of the ones before

 private:
  friend class ScopesBuilder;
  friend std::shared_ptr<const Scopes> still_true(const Steering& next, std::span<const zone::PoolId> changed);
  using Table = std::shared_ptr<const MergedScopes>;
  bool is_of(const Steering& steering) const;
  // `steering` with the rows that these were worked out from.
  Steering before(const Steering& steering) const;

  // What they were worked out from, beside the pools.
  std::shared_ptr<const LatencyMap> map_;
  LiveRows rows_v4_, rows_v6_;
  std::shared_ptr<const Predicted> predicted_;
  std::map<std::string, Table> by_shape_;  // pools that choose alike share one
  std::vector<std::array<const MergedScopes*, 2>> of_pool_;  // by zone::PoolId: v4, v6
  std::array<const uint8_t*, 2> common_{};  // v4, v6
  std::shared_ptr<const MovableSources> movable_;  // of the map; null: nothing has moved yet
  size_t left_out_ = 0, merged_whole_ = 0;
};

// Those of `steering`. Tables of its present scopes are used again where they are still true; where it has none, those of
// `before`, which may be null or of any other steering, where the map is the same. Pure.
std::shared_ptr<const Scopes> merge_scopes(const Steering& steering, const Scopes* before = nullptr);

// What of the scopes in `next`, which are those of the steering before it, is true of it too: none where a row, the map
// or the prediction is another; of the `changed` pools those that choose as some pool did before. May be null.
std::shared_ptr<const Scopes> still_true(const Steering& next, std::span<const zone::PoolId> changed);

}  // namespace isochrone::steer
