#pragma once
// How far an answer holds: the scope of its ECS option (RFC 7871 §7.2.1, DESIGN §4).

#include "steer/given.h"
#include "steer/scopes.h"

namespace isochrone::steer {

struct Scope {
  int len = 0;  // bits of the subnet as it was sent
  ScopeReason reason = ScopeReason::NoSubnet;
};

// The widest we can vouch for: every address in it is given this same answer, and no two scopes overlap. `merged`: the
// pool's, null where its scopes are blocks.
Scope scope_of(const Steering& steering, const Pool& pool, const MergedScopes* merged, Family family, const Client& client,
               const Choice& choice, const Grounds& grounds);

// Null: none.
const MergedScopes* merged_of(const Steering& steering, zone::PoolId pool, Family family);

// steer() of a pool that need not be one of the steering's own.
Choice steer(const Steering& steering, const Pool& pool, const MergedScopes* merged, Family family, const Client& client,
             Recorder* recorder);

}  // namespace isochrone::steer
