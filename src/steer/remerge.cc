#include "steer/remerge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "steer/block_keys.h"
#include "steer/block_runs.h"

namespace isochrone::steer {

namespace {

// A visit costs as much as one of merge(), whose walk is in order; and few blocks are quick in any case.
constexpr size_t kAlwaysVisited = 1000, kShareVisited = 4;

Prefix sibling_of(const Prefix& prefix) {
  Prefix out = prefix;
  const auto bit = static_cast<size_t>(prefix.len - 1);
  out.address.octets[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
  return out;
}

class Remerger {
 public:
  Remerger(const Steering& now, const Pool& pool, Family family, const MergedScopes& table, const MovableSources& movable)
      : map_(*now.map), blocks_(now.map->blocks()), table_(table), movable_(movable), keys_(now, pool, family, numbers_), pool_(pool), family_(family) {}

  // Those whose blocks may be given something else than in `before`.
  std::vector<Movable> moved_since(const Steering& before) {
    BlockKeys keys_before(before, pool_, family_, numbers_);
    std::vector<Movable> moved;
    for (const Movable& one : movable_.list()) {
      const auto was = keys_before.of_source(one.source, one.first), is = keys_.of_source(one.source, one.first);
      if (!was || was != is) moved.push_back(one);
    }
    return moved;
  }

  // False: merge() it anew.
  bool merge(const std::vector<Movable>& moved) {
    if (!find_touched(moved) || may_be_same_for_all()) return false;
    for (const Prefix& prefix : touched_) {
      RunMerger merger([&](const Run& run) { runs_.emplace(run.prefix, run); });
      blocks_.for_each_block_in(prefix, [&](const Prefix& block, const PrefixMap::Match& match) { merger.take(block, match.place, keys_.for_merging(block, match)); });
      merger.end();
    }
    join();
    return true;
  }

  std::shared_ptr<const MergedScopes> result() const {
    auto out = std::make_shared<MergedScopes>(table_);
    for (const auto& [prefix, run] : runs_) write(run, blocks_, *out);
    return out;
  }

 private:
  // The run that a block was in.
  Prefix run_of(const Prefix& block, const PrefixMap::Match& match) const { return Prefix::make(block.address, std::min(table_.len_of[match.place], block.len)); }

  // False: they are too many.
  bool find_touched(const std::vector<Movable>& moved) {
    const size_t most = std::max(kAlwaysVisited, movable_.blocks() / kShareVisited);
    size_t visited = 0;
    for (const Movable& one : moved)
      blocks_.for_each_block_from(
          one.first, [&](const IpAddress& at) { return at <= one.last && ++visited <= most; },
          [&](const Prefix& block, const PrefixMap::Match& match) {
            if (!folds(block.address) && map_.block_of(match, block.family()).source == one.source) touched_.insert(run_of(block, match));
          });
    return visited <= most;
  }

  BlockKey key_at(const IpAddress& address) {
    const PrefixMap::Match match = blocks_.find(address);
    return keys_.of(Prefix::make(address, match.block_len), map_.block_of(match, address.family));
  }

  bool may_be_same_for_all() {
    if (!table_.differing) return false;
    const BlockKey first = key_at(table_.differing->first), second = key_at(table_.differing->second);
    return first == second && first != kAlone;
  }

  // The other half, where it is a run of its own.
  std::optional<BlockKey> key_of_run(const Prefix& prefix) {
    if (const auto known = runs_.find(prefix); known != runs_.end()) return known->second.key;
    const PrefixMap::Match match = blocks_.find(prefix.address);
    const Prefix block = Prefix::make(prefix.address, match.block_len);
    if (run_of(block, match) != prefix || touched_.contains(prefix)) return std::nullopt;
    return keys_.for_merging(block, match);
  }

  // Runs that were not touched have been as wide as can be, and only beside one that was they may be wider now.
  void join() {
    std::vector<Prefix> waiting;
    for (const auto& [prefix, run] : runs_) waiting.push_back(prefix);
    while (!waiting.empty()) {
      const Prefix prefix = waiting.back();
      waiting.pop_back();
      const auto found = runs_.find(prefix);
      if (found == runs_.end() || found->second.key == kAlone || prefix.len == 0) continue;
      const BlockKey key = found->second.key;
      const Prefix sibling = sibling_of(prefix);
      if (key_of_run(sibling) != key) continue;
      runs_.erase(found);
      runs_.erase(sibling);
      const Prefix around = Prefix::make(prefix.address, prefix.len - 1);
      runs_.emplace(around, Run{around, key, true, 0});
      waiting.push_back(around);
    }
  }

  const LatencyMap& map_;
  const PrefixMap& blocks_;
  const MergedScopes& table_;
  const MovableSources& movable_;
  AnswerKeys numbers_;
  BlockKeys keys_;
  const Pool& pool_;
  const Family family_;
  std::set<Prefix> touched_;     // runs of `table_`
  std::map<Prefix, Run> runs_;   // what becomes of them, and of neighbours that have joined
};

}  // namespace

std::shared_ptr<const MergedScopes> remerge(const Steering& before, const Steering& now, const Pool& pool, Family family,
                                            const std::shared_ptr<const MergedScopes>& table, const MovableSources& movable) {
  Remerger remerger(now, pool, family, *table, movable);
  const std::vector<Movable> moved = remerger.moved_since(before);
  if (moved.empty()) return table;
  if (table->same_for_all || !remerger.merge(moved)) return nullptr;
  return remerger.result();
}

}  // namespace isochrone::steer
