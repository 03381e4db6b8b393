#pragma once
// Neighbouring blocks with equal keys, joined: the widest prefixes in which every block has the same.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "steer/block_keys.h"
#include "steer/scopes.h"

namespace isochrone::steer {

struct Run {
  Prefix prefix;
  BlockKey key = kAlone;
  bool is_merged = false;   // of several blocks
  uint32_t place = 0;       // PrefixMap::Match::place; of a single block

  // Both halves of a prefix: this one the left, the other the right.
  bool joins(const Run& right) const {
    const int around = right.prefix.len - 1;
    return prefix.len == right.prefix.len && key == right.key && key != kAlone && prefix.address == right.prefix.address.masked(around);
  }
};

// Blocks come in address order; a left half waits for its right one. Where a right half cannot join its left, no larger run can come to
// be around them: all that wait are final. Calls settle(run) for every run once.
template <typename Settle>
class RunMerger {
 public:
  explicit RunMerger(Settle settle) : settle_(std::move(settle)) {}

  void take(const Prefix& block, uint32_t place, BlockKey key) {
    Run run{block, key, false, place};
    while (run.prefix.len > 0 && run.prefix.address.bit(run.prefix.len - 1)) {
      if (waiting_.empty() || !waiting_.back().joins(run)) {
        end();
        return settle_(run);
      }
      run = {Prefix::make(run.prefix.address, run.prefix.len - 1), key, true, 0};
      waiting_.pop_back();
    }
    waiting_.push_back(run);
    if (run.prefix.len == 0) end();
  }
  // Behind the last block.
  void end() {
    for (const Run& run : waiting_) settle_(run);
    waiting_.clear();
  }

 private:
  Settle settle_;
  std::vector<Run> waiting_;  // left halves, the widest first
};

// The length of the run for each of its blocks.
inline void write(const Run& run, const PrefixMap& blocks, MergedScopes& merged) {
  const auto write_block = [&](const Prefix& block, uint32_t place) {
    const size_t places = block.len < 16 ? size_t{1} << (16 - block.len) : 1;
    std::fill_n(merged.len_of.begin() + place, places, run.prefix.len);
  };
  if (!run.is_merged) return write_block(run.prefix, run.place);
  blocks.for_each_block_in(run.prefix, [&](const Prefix& block, const PrefixMap::Match& match) { write_block(block, match.place); });
}

}  // namespace isochrone::steer
