#include "steer/verdicts.h"

#include <algorithm>

namespace isochrone::steer {

Verdict worse(Verdict a, Verdict b) {
  if (a == Verdict::Down || b == Verdict::Down) return Verdict::Down;
  return a == Verdict::Unknown || b == Verdict::Unknown ? Verdict::Unknown : Verdict::Up;
}

Verdict verdict_of(const AddressState& address, VantageId vantage) {
  if (vantage != kNoVantage)
    for (const auto& [by, verdict] : address.dissent)
      if (by == vantage) return verdict;
  return address.quorum == Verdict::Unknown && address.fresh_start ? Verdict::Up : address.quorum;
}

namespace {

Verdict verdict_of_pool(const GatewayState& gateway, Family family, VantageId vantage, bool with_drained) {
  const Pool& pool = *gateway.nested;
  int up = 0, unknown = 0;
  for (const GatewayState& inner : pool.gateways) {
    if (!is_candidate(pool.spec, inner, family) || (inner.drained && !with_drained)) continue;
    Verdict verdict = verdict_of(inner, family, vantage);
    if (pool.spec.families_together) verdict = worse(verdict, verdict_of(inner, other_than(family), vantage));
    up += verdict == Verdict::Up;
    unknown += verdict == Verdict::Unknown;
  }
  const int wanted = family == Family::V4 ? gateway.min_healthy_v4 : gateway.min_healthy_v6;
  if (up >= wanted) return Verdict::Up;
  return up + unknown >= wanted ? Verdict::Unknown : Verdict::Down;
}

}  // namespace

Verdict verdict_of(const GatewayState& gateway, Family family, VantageId vantage, bool with_drained) {
  if (gateway.nested) return verdict_of_pool(gateway, family, vantage, with_drained);
  Verdict best = Verdict::Down;
  for (const AddressState& address : gateway.addresses) {
    if (!address.serves(family)) continue;
    const Verdict verdict = verdict_of(address, vantage);
    if (verdict == Verdict::Up) return Verdict::Up;
    if (verdict == Verdict::Unknown) best = Verdict::Unknown;
  }
  return best;
}

bool has_family(const GatewayState& gateway, Family family) {
  if (gateway.nested) return gateway.nested->family(family).may_answer();
  return std::any_of(gateway.addresses.begin(), gateway.addresses.end(),
                     [family](const AddressState& a) { return a.serves(family); });
}

bool is_candidate(const PoolSpec& spec, const GatewayState& gateway, Family family) {
  if (!gateway.enabled) return false;
  if (spec.families_together) return has_family(gateway, Family::V4) && has_family(gateway, Family::V6);
  return has_family(gateway, family);
}

RegionSet regions_behind(const GatewayState& gateway, Family family, VantageId vantage) {
  if (gateway.nested) return gateway.nested->family(family).view(vantage).regions;
  RegionSet own;
  own.add(gateway.region);
  return own;
}

}  // namespace isochrone::steer
