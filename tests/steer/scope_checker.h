#pragma once
// Proves scopes by enumeration: every block of the map is asked for, as a client at its first and at its last address.

#include <vector>

#include "steer/band.h"
#include "steer/given.h"
#include "steer/steer.h"

namespace isochrone::steer {

struct ScopeFaults {
  size_t blocks = 0, scopes = 0;  // blocks that clients can be in, and the scopes they are given
  size_t merged = 0;              // scopes wider than a block
  size_t untrue = 0;              // an address inside a scope is given something else
  size_t overlapping = 0;         // a scope reaches into another
  size_t not_widest = 0;          // two halves of a prefix that could have had one scope
};

class ScopeChecker {
 public:
  ScopeChecker(const Steering& steering, zone::PoolId pool, Family family)
      : steering_(steering), pool_(pool), family_(family) {}

  ScopeFaults check() {
    steering_.map->blocks().for_each_block([&](const Prefix& block, const PrefixMap::Match&) {
      if (!folds(block.address)) take(block);
    });
    for (size_t i = 1; i < scopes_.size(); ++i) faults_.not_widest += could_be_one(scopes_[i - 1], scopes_[i]);
    faults_.scopes = scopes_.size();
    return faults_;
  }

 private:
  struct Told {
    Prefix scope;
    std::vector<const Answer*> answers;
    bool is_pinned;  // must not be shorter, whatever its neighbours are given
  };

  static IpAddress last_of(const Prefix& prefix) {
    IpAddress address = prefix.address;
    for (int i = prefix.len; i < max_prefix_len(prefix.family()); ++i)
      address.octets[static_cast<size_t>(i) / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
    return address;
  }

  Told ask(const IpAddress& address, int block_len) const {
    const Client client = locate(steering_, Prefix::make(address, max_prefix_len(address.family)), *IpAddress::parse("203.0.113.53"));
    const Choice choice = steer(steering_, pool_, family_, client);
    Choice same;
    const Grounds grounds = give(steering_, *steering_.pools[pool_], family_, client, same, nullptr);
    Told told{Prefix::make(address, choice.scope_prefix_len), {choice.answer}, client.block.use_resolver || client.from == Client::From::Resolver};
    told.answers.insert(told.answers.end(), choice.further.begin(), choice.further.end());
    told.is_pinned |= !choice.answer || (grounds.by_network && block_len < weight_cut(address.family)) || (grounds.is_drawn && steering_.pools[pool_]->nests);
    return told;
  }

  void take(const Prefix& block) {
    ++faults_.blocks;
    const Told first = ask(block.address, block.len), last = ask(last_of(block), block.len);
    // Where networks inside of the block are told apart, they are each as long as the scope.
    const bool is_divided = first.scope.len > block.len;
    faults_.untrue += !is_divided && (first.answers != last.answers || first.scope != last.scope);
    if (!scopes_.empty() && scopes_.back().scope == first.scope) {
      faults_.untrue += scopes_.back().answers != first.answers;
      return;
    }
    if (!scopes_.empty())
      faults_.overlapping += scopes_.back().scope.contains(first.scope) || first.scope.contains(scopes_.back().scope);
    faults_.merged += first.scope.len < block.len;
    scopes_.push_back(first);
  }

  static bool could_be_one(const Told& a, const Told& b) {
    const int around = b.scope.len - 1;
    return a.scope.family() == b.scope.family() && a.scope.len == b.scope.len && around > 0 && !a.is_pinned && !b.is_pinned &&
           a.answers == b.answers && a.scope.address.masked(around) == b.scope.address.masked(around);
  }

  const Steering& steering_;
  zone::PoolId pool_;
  Family family_;
  std::vector<Told> scopes_;
  ScopeFaults faults_;
};

}  // namespace isochrone::steer
