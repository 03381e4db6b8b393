#include "steer/scope.h"

#include <algorithm>

#include "steer/band.h"

namespace isochrone::steer {

const MergedScopes* merged_of(const Steering& steering, zone::PoolId pool, Family family) {
  return steering.scopes ? steering.scopes->find(pool, family) : nullptr;
}

Scope scope_of(const Steering& steering, const Pool& pool, const MergedScopes* merged, Family family, const Client& client,
               const Choice& choice, const Grounds& grounds) {
  if (!client.has_subnet) return {0, ScopeReason::NoSubnet};
  if (client.source_prefix_len == 0) return {0, ScopeReason::SourceZero};
  if (!choice.answer) return {0, ScopeReason::Negative};
  const PoolFamily& side = pool.family(family);
  // What was drawn for this answer anybody may be given who draws from the same regions.
  const bool drawn_for_all = grounds.is_drawn && !pool.nests && side.views.size() == 1 && !grounds.by_network;
  const bool divided = !steering.map->is_trivial() || grounds.by_network || grounds.by_subnet;
  if (!side.client_matters || drawn_for_all || !divided) return {0, ScopeReason::SameForAll};
  if (merged && merged->same_for_all) return {0, ScopeReason::SameForAll};

  Scope scope{client.subnet_block_len, ScopeReason::Block};
  if (client.from == Client::From::Resolver) {
    scope.reason = ScopeReason::PrivateBlock;
  } else {
    const int cut = weight_cut(client.address.family);
    if (grounds.by_network && scope.len < cut)
      scope = {cut, ScopeReason::WeightCut};
    else if (merged && merged->len_of[client.block.place] < scope.len)
      scope = {merged->len_of[client.block.place], ScopeReason::Merged};
  }
  scope.len = std::max(1, scope.len) + client.bits_before;  // 0 would speak for both families
  return scope;
}

}  // namespace isochrone::steer
