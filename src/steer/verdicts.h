#pragma once
// What counts of a gateway's health, family by family and vantage by vantage (DESIGN §6).

#include "steer/pool.h"

namespace isochrone::steer {

// Of two families, or of two that only serve together.
Verdict worse(Verdict a, Verdict b);

// A gateway in a family, as the clients of `vantage` see it (kNoVantage: as the quorum does): as good as the best of
// its addresses. Unknown within a fresh start is Up. Down where it has no address of the family. A pool: whether enough of
// its gateways are up; those of them that are drained count only `with_drained`.
Verdict verdict_of(const GatewayState& gateway, Family family, VantageId vantage, bool with_drained = false);
Verdict verdict_of(const AddressState& address, VantageId vantage);

// The regions that a gateway's answers come from: its own; of a pool, those from which that pool would choose now.
RegionSet regions_behind(const GatewayState& gateway, Family family, VantageId vantage);

// Whether it has an address of the family; of a pool, whether one of that pool's enabled gateways has.
bool has_family(const GatewayState& gateway, Family family);

// Whether the pool ranks this gateway in this family at all (DESIGN §5.1).
bool is_candidate(const PoolSpec& spec, const GatewayState& gateway, Family family);

}  // namespace isochrone::steer
