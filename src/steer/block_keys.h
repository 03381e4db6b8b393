#pragma once
// What blocks are given, named by numbers: what neighbours are compared by when scopes are merged. Pure.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "steer/given.h"
#include "steer/pool.h"
#include "steer/steer.h"

namespace isochrone::steer {

// Equal keys, equal answers.
using BlockKey = uint64_t;
inline constexpr BlockKey kAlone = 0;  // like no other, itself included

// The numbers of one pool's answers. They stay as rows move: keys of two Steerings with the same pool can be compared.
class AnswerKeys {
 public:
  // Of a client who follows `view`, which says from which regions is drawn.
  BlockKey of(const Choice& choice, const Grounds& grounds, const Pool& pool, const PoolFamily& side, const View& view);

 private:
  static constexpr BlockKey kFirst = 1 << 16;  // below it are views: they are numbered in 16 bits
  std::map<std::array<const Answer*, kMaxGiven>, BlockKey> keys_;
};

// Blocks of one source are given the same unless more than the source decides, and most blocks of a map are what is
// left between prefixes: of few sources. Everything given must outlive it.
class BlockKeys {
 public:
  BlockKeys(const Steering& steering, const Pool& pool, Family family, AnswerKeys& numbers);

  // `block` must not fold(); `found` is what the map says of it.
  BlockKey of(const Prefix& block, const Block& found);
  // The same for who looks for neighbours that can be merged: nobody is looked up in IPv6 forms of IPv4 addresses, and what a
  // private subnet is given is the resolver's, and nothing of its neighbours'.
  BlockKey for_merging(const Prefix& block, const PrefixMap::Match& match);
  // Of every block whose finest source that is, one of which begins at `address`; nullopt: more than the source decides.
  std::optional<BlockKey> of_source(SourceId source, const IpAddress& address);

 private:
  Grounds ask(const IpAddress& address, const Block& block, Choice& choice) const;
  BlockKey number(const Choice& choice, const Grounds& grounds, const Block& block);
  BlockKey& known(SourceId source) { return known_[source == kNoSource ? known_.size() - 1 : source]; }

  static constexpr BlockKey kUnknown = UINT64_MAX;
  const Steering& steering_;
  const Pool& pool_;
  const Family family_;
  const PoolFamily& side_;
  AnswerKeys& numbers_;
  std::vector<BlockKey> known_;  // by SourceId; the last is of none
};

}  // namespace isochrone::steer
