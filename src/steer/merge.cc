#include "steer/merge.h"

#include <algorithm>
#include <optional>

#include "steer/block_keys.h"
#include "steer/block_runs.h"

namespace isochrone::steer {

namespace {

// Whether private subnets are like all others to the pool, and to those in it: then their resolvers are given the same.
bool looks_at_latency_alone(const Pool& pool) {
  switch (pool.spec.routing) {
    case Routing::Latency:
    case Routing::Priority:
    case Routing::Weighted:
    case Routing::Multivalue: break;
    default: return false;
  }
  return std::ranges::all_of(pool.gateways, [](const GatewayState& g) { return !g.nested || looks_at_latency_alone(*g.nested); });
}

// Finds out whether every client is given the same.
class Sameness {
 public:
  explicit Sameness(bool possible) : same_(possible) {}
  void take(const Prefix& block, BlockKey key) {
    if (!same_) return;
    if (!first_) first_.emplace(block.address, key);
    same_ = key != kAlone && key == first_->second;
    if (!same_) differing_ = {first_->first, block.address};
  }
  bool for_all() const { return same_; }
  const std::optional<std::pair<IpAddress, IpAddress>>& differing() const { return differing_; }

 private:
  bool same_;
  std::optional<std::pair<IpAddress, BlockKey>> first_;
  std::optional<std::pair<IpAddress, IpAddress>> differing_;
};

}  // namespace

MergedScopes merge(const Steering& steering, const Pool& pool, Family family) {
  const PrefixMap& blocks = steering.map->blocks();
  AnswerKeys numbers;
  BlockKeys keys(steering, pool, family, numbers);
  MergedScopes merged;
  merged.len_of.resize(blocks.places());
  RunMerger merger([&](const Run& run) { write(run, blocks, merged); });
  Sameness same(looks_at_latency_alone(pool));
  blocks.for_each_block([&](const Prefix& block, const PrefixMap::Match& match) {
    if (folds(block.address)) return merger.take(block, match.place, kAlone);
    const Block found = steering.map->block_of(match, block.family());
    const BlockKey key = keys.of(block, found);
    same.take(block, key);
    merger.take(block, match.place, found.use_resolver ? kAlone : key);
  });
  merger.end();
  merged.differing = same.differing();
  if (!same.for_all()) return merged;
  return {.same_for_all = true};
}

}  // namespace isochrone::steer
