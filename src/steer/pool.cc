#include "steer/pool.h"

#include <algorithm>

#include "steer/family_maker.h"
#include "steer/hash.h"

namespace isochrone::steer {

namespace {

bool gives_names_of(const GatewayState& gateway) {
  if (gateway.nested) return gateway.nested->gives_names;
  return std::any_of(gateway.addresses.begin(), gateway.addresses.end(), [](const AddressState& a) { return a.name != nullptr; });
}

}  // namespace

RegionSet regions_of(const Pool& pool) {
  RegionSet all;
  for (const GatewayState& gateway : pool.gateways)
    if (gateway.nested) all = all | regions_of(*gateway.nested);
    else all.add(gateway.region);
  return all;
}

std::shared_ptr<const Pool> make_pool(const PoolSpec& spec, std::vector<GatewayState> gateways) {
  auto pool = std::make_shared<Pool>();
  pool->spec = spec;
  pool->gateways = std::move(gateways);
  pool->hash_seed = hash_of(spec.name);
  for (const GatewayState& gateway : pool->gateways) {
    if (pool->weight_of.size() <= gateway.region) pool->weight_of.resize(size_t{gateway.region} + 1, 0);
    pool->weight_of[gateway.region] = gateway.weight;
    pool->nests |= gateway.nested != nullptr;
    pool->gives_names |= gives_names_of(gateway);
    if (spec.routing != Routing::Proximity) continue;
    pool->reach_of.resize(pool->weight_of.size());
    pool->reach_of[gateway.region] = reach_of(gateway.bias);
  }
  // One CNAME is the answer to A and to AAAA: both are ranked alike.
  pool->spec.families_together |= pool->gives_names;
  pool->v4 = make_family(pool->spec, pool->gateways, Family::V4);
  pool->v6 = make_family(pool->spec, pool->gateways, Family::V6);
  return pool;
}

}  // namespace isochrone::steer
