#include "steer/merge.h"

#include <algorithm>
#include <optional>

#include "steer/band.h"
#include "steer/given.h"

namespace isochrone::steer {

namespace {

// Names what a block is given: equal keys, equal answers.
class Keys {
 public:
  using Key = uint64_t;
  static constexpr Key kAlone = 0;  // like no other, itself included

  // Of a client who follows `view`, which says from which regions is drawn.
  Key of(const Choice& choice, const Grounds& grounds, const Pool& pool, const PoolFamily& side, const View& view) {
    if (grounds.is_drawn) return grounds.by_network || pool.nests ? kAlone : index_of(view, side);
    if (!choice.answer) return kAlone;
    std::array<const Answer*, kMaxGiven> answers{choice.answer};
    std::copy(choice.further.begin(), choice.further.end(), answers.begin() + 1);
    return keys_.try_emplace(answers, keys_.size() + kFirst).first->second;
  }

 private:
  static constexpr Key kFirst = 1 << 16;  // below it are views: they are numbered in 16 bits
  static Key index_of(const View& view, const PoolFamily& side) { return static_cast<Key>(&view - side.views.data()) + 1; }
  std::map<std::array<const Answer*, kMaxGiven>, Key> keys_;
};

// Blocks come in address order; a left half waits for its right one. Where a right half cannot join, nothing around it
// is the same, and whatever waits has its final length.
class Merger {
 public:
  explicit Merger(const PrefixMap& blocks) : blocks_(blocks) { merged_.len_of.resize(blocks.places()); }

  void take(const Prefix& block, uint32_t place, Keys::Key key) {
    write(block, place, block.len);
    Run run{block, key, false};
    while (run.prefix.len > 0 && run.prefix.address.bit(run.prefix.len - 1)) {
      if (waiting_.empty() || !joins(waiting_.back(), run)) return settle_with(run);
      run = {Prefix::make(run.prefix.address, run.prefix.len - 1), key, true};
      waiting_.pop_back();
    }
    if (run.prefix.len == 0) return settle_with(run);
    waiting_.push_back(run);
  }

  MergedScopes take_result() {
    settle_waiting();
    return std::move(merged_);
  }

 private:
  struct Run {
    Prefix prefix;
    Keys::Key key;
    bool is_merged;
  };

  static bool joins(const Run& left, const Run& right) {
    const int around = right.prefix.len - 1;
    return left.prefix.len == right.prefix.len && left.key == right.key && right.key != Keys::kAlone &&
           left.prefix.address == right.prefix.address.masked(around);
  }
  void settle_with(const Run& run) {
    settle_waiting();
    settle(run);
  }
  void settle_waiting() {
    for (const Run& run : waiting_) settle(run);
    waiting_.clear();
  }
  void settle(const Run& run) {
    if (!run.is_merged) return;
    blocks_.for_each_block_in(run.prefix, [&](const Prefix& block, const PrefixMap::Match& match) {
      write(block, match.place, run.prefix.len);
    });
  }
  void write(const Prefix& block, uint32_t place, uint8_t len) {
    const size_t places = block.len < 16 ? size_t{1} << (16 - block.len) : 1;
    std::fill_n(merged_.len_of.begin() + place, places, len);
  }

  const PrefixMap& blocks_;
  MergedScopes merged_;
  std::vector<Run> waiting_;  // left halves, the widest first
};

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

// What every block is given, by its key. Blocks of one source are given the same unless more than the source decides, and
// most blocks of a map are what is left between prefixes: of few sources.
class Asking {
 public:
  Asking(const Steering& steering, const Pool& pool, Family family)
      : steering_(steering), pool_(pool), family_(family), side_(pool.family(family)), known_(steering.map->source_count() + 1, kUnknown) {}

  Keys::Key of(const Prefix& block, const Block& found) {
    Keys::Key& known = known_[found.source == kNoSource ? known_.size() - 1 : found.source];
    if (known != kUnknown) return known;
    Client client;
    client.address = block.address;
    client.block = found;
    Choice choice;
    const Grounds grounds = give(steering_, pool_, family_, client, choice, nullptr);
    // Where networks inside of a block are told apart, it has no one answer.
    if (grounds.by_network && block.len < weight_cut(block.family())) return Keys::kAlone;
    const Keys::Key key = keys_.of(choice, grounds, pool_, side_, side_.view(steering_.vantage(found)));
    return grounds.by_network || grounds.by_subnet ? key : known = key;
  }

 private:
  static constexpr Keys::Key kUnknown = UINT64_MAX;
  const Steering& steering_;
  const Pool& pool_;
  const Family family_;
  const PoolFamily& side_;
  std::vector<Keys::Key> known_;  // by SourceId; the last is of none
  Keys keys_;
};

}  // namespace

MergedScopes merge(const Steering& steering, const Pool& pool, Family family) {
  Asking asking(steering, pool, family);
  Merger merger(steering.map->blocks());
  std::optional<Keys::Key> everybodys;
  bool same_for_all = looks_at_latency_alone(pool);
  steering.map->blocks().for_each_block([&](const Prefix& block, const PrefixMap::Match& match) {
    // Nobody is looked up in IPv6 forms of IPv4 addresses.
    if (folds(block.address)) return merger.take(block, match.place, Keys::kAlone);
    const Block found = steering.map->block_of(match, block.family());
    const Keys::Key key = asking.of(block, found);
    same_for_all &= key != Keys::kAlone && key == everybodys.value_or(key);
    everybodys = key;
    // What a private subnet is given is the resolver's, and nothing of its neighbours'.
    merger.take(block, match.place, found.use_resolver ? Keys::kAlone : key);
  });
  if (same_for_all) return {true, {}};
  return merger.take_result();
}

}  // namespace isochrone::steer
