#include "steer/block_keys.h"

#include <algorithm>

#include "steer/band.h"

namespace isochrone::steer {

BlockKey AnswerKeys::of(const Choice& choice, const Grounds& grounds, const Pool& pool, const PoolFamily& side, const View& view) {
  if (grounds.is_drawn) return grounds.by_network || pool.nests ? kAlone : static_cast<BlockKey>(&view - side.views.data()) + 1;
  if (!choice.answer) return kAlone;
  std::array<const Answer*, kMaxGiven> answers{choice.answer};
  std::copy(choice.further.begin(), choice.further.end(), answers.begin() + 1);
  return keys_.try_emplace(answers, keys_.size() + kFirst).first->second;
}

BlockKeys::BlockKeys(const Steering& steering, const Pool& pool, Family family, AnswerKeys& numbers)
    : steering_(steering), pool_(pool), family_(family), side_(pool.family(family)), numbers_(numbers), known_(steering.map->source_count() + 1, kUnknown) {}

Grounds BlockKeys::ask(const IpAddress& address, const Block& block, Choice& choice) const {
  Client client;
  client.address = address;
  client.block = block;
  return give(steering_, pool_, family_, client, choice, nullptr);
}

BlockKey BlockKeys::number(const Choice& choice, const Grounds& grounds, const Block& block) {
  return numbers_.of(choice, grounds, pool_, side_, side_.view(steering_.vantage(block)));
}

BlockKey BlockKeys::of(const Prefix& block, const Block& found) {
  BlockKey& of_source = known(found.source);
  if (of_source != kUnknown) return of_source;
  Choice choice;
  const Grounds grounds = ask(block.address, found, choice);
  // Where networks inside of a block are told apart, it has no one answer.
  if (grounds.by_network && block.len < weight_cut(block.family())) return kAlone;
  const BlockKey key = number(choice, grounds, found);
  return grounds.by_network || grounds.by_subnet ? key : of_source = key;
}

BlockKey BlockKeys::for_merging(const Prefix& block, const PrefixMap::Match& match) {
  if (folds(block.address)) return kAlone;
  const Block found = steering_.map->block_of(match, block.family());
  return found.use_resolver ? kAlone : of(block, found);
}

std::optional<BlockKey> BlockKeys::of_source(SourceId source, const IpAddress& address) {
  const Block block{.source = source};
  Choice choice;
  const Grounds grounds = ask(address, block, choice);
  if (grounds.by_network || grounds.by_subnet) return std::nullopt;
  return known(source) = number(choice, grounds, block);
}

}  // namespace isochrone::steer
