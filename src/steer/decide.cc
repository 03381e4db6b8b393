#include "steer/decide.h"

#include <algorithm>
#include <optional>

#include "steer/band.h"
#include "steer/verdicts.h"

namespace isochrone::steer {

namespace {

static_assert(kMaxGiven == 8, "Decision::given begins as none");

// Regions in the order that matters to whoever made the list, on the stack.
struct RegionList {
  std::array<RegionId, kMaxRegions> members;
  size_t size = 0;
  void add(RegionId region) { members[size++] = region; }
  std::span<const RegionId> list() const { return {members.data(), size}; }
};

Decision one(RegionId region, DecidedBy by) {
  Decision decision;
  decision.given[0] = region;
  decision.by = by;
  return decision;
}

RankInput rank_input(const Question& q, const RegionSet& regions, int count) {
  return {*q.steering.map, live_of(q), q.steering.predicted.get(), q.client.block.source, regions, count};
}

RegionId best_of(const Question& q) {
  if (!q.pool.nests) return best(rank_input(q, q.eligible, q.eligible_count));
  const Ranking ranking = ranked(q);
  return ranking.list().empty() ? kNoRegion : ranking.list().front().region;
}

Decision first_configured(const Question& q) {
  for (const GatewayState& gateway : q.pool.gateways)
    if (q.eligible.has(gateway.region)) return one(gateway.region, DecidedBy::ConfigOrder);
  return {};
}

// Calls use(number, regions it stands for), as configured.
template <typename Use>
void for_each_eligible(const Question& q, Use use) {
  const VantageId vantage = q.steering.vantage(q.client.block);
  for (const GatewayState& gateway : q.pool.gateways)
    if (q.eligible.has(gateway.region)) use(gateway.region, regions_behind(gateway, q.family, vantage));
}

// The regions within the tolerance of the first, best first.
RegionList cut_band(std::span<const Recorder::Estimate> ranked, Duration tolerance) {
  RegionList band;
  for (const auto& estimate : ranked)
    if (&estimate == &ranked.front() || estimate.held.value() <= ranked.front().held.value() + tolerance)
      band.add(estimate.region);
  return band;
}

Decision by_latency(const Question& q, Recorder* recorder) {
  const Duration tolerance = q.pool.spec.tolerance;
  if (tolerance <= Duration::zero()) {
    const RegionId region = best_of(q);
    return region != kNoRegion ? one(region, DecidedBy::Latency) : first_configured(q);
  }
  const Ranking ranking = ranked(q);
  if (ranking.list().empty()) return first_configured(q);
  const RegionList band = cut_band(ranking.list(), tolerance);
  if (band.size == 1) return one(band.members[0], DecidedBy::Latency);
  if (recorder) recorder->band(band.list());
  const uint64_t drawn = draw_of_network(q.pool, q.client.address);
  return one(pick_by_weight(band.list(), q.pool, *q.steering.regions, drawn), DecidedBy::Weights);
}

Decision by_weight(const Question& q, Recorder* recorder) {
  RegionList all;
  q.eligible.for_each([&all](RegionId region) { all.add(region); });
  if (recorder) recorder->band(all.list());
  const bool per_answer = q.pool.spec.per_answer;
  const uint64_t drawn = per_answer ? draw_of_answer(q.pool, q.client) : draw_of_network(q.pool, q.client.address);
  return one(pick_by_weight(all.list(), q.pool, *q.steering.regions, drawn),
             per_answer ? DecidedBy::Draw : DecidedBy::Share);
}

// The nearest ones; those of which nothing is known follow as configured.
Decision several(const Question& q, Recorder* recorder) {
  Decision decision;
  decision.by = DecidedBy::Nearest;
  size_t count = 0;
  RegionSet rest = q.eligible;
  const auto give = [&](RegionId region) {
    if (count == q.pool.spec.count || !rest.has(region)) return;
    rest.remove(region);
    decision.given[count++] = region;
  };
  const Ranking ranking = ranked(q);
  for (const auto& estimate : ranking.list()) give(estimate.region);
  for (const GatewayState& gateway : q.pool.gateways) give(gateway.region);
  if (recorder && count > 1) recorder->given(std::span(decision.given).first(count));
  return decision;
}

// Eligible regions by the length of the way to them, bias included; at equal lengths as configured. Empty: nobody knows
// where the client is, or where any of the regions is.
RegionList by_way(const Question& q) {
  RegionList list;
  if (!q.steering.localities) return list;
  const auto distances = q.steering.localities->distances(q.steering.locality(q.client.block));
  if (distances.empty()) return list;
  std::array<uint64_t, kMaxRegions> way;
  for_each_eligible(q, [&](RegionId region, const RegionSet& reach) {
    uint16_t nearest = Localities::kNowhere;
    reach.for_each([&](RegionId r) { nearest = std::min(nearest, distances[r]); });
    if (nearest == Localities::kNowhere) return;
    const uint64_t own = biased(nearest, q.pool.reach_of[region]);
    size_t at = list.size++;
    for (; at > 0 && way[at - 1] > own; --at) way[at] = way[at - 1], list.members[at] = list.members[at - 1];
    way[at] = own;
    list.members[at] = region;
  });
  return list;
}

// What is known of the eligible regions, those of `first` before the others.
void tell_in_order(const Question& q, std::span<const RegionId> first, Recorder& recorder) {
  RegionSet untold = q.eligible;
  const Ranking ranking = ranked(q);
  for (const RegionId region : first) {
    const auto list = ranking.list();
    const auto known = std::find_if(list.begin(), list.end(), [region](const auto& e) { return e.region == region; });
    known == list.end() ? recorder.unmeasured(region) : recorder.estimate(*known);
    untold.remove(region);
  }
  for (const auto& estimate : ranking.list())
    if (untold.has(estimate.region)) recorder.estimate(estimate), untold.remove(estimate.region);
  for (const GatewayState& gateway : q.pool.gateways)
    if (untold.has(gateway.region)) recorder.unmeasured(gateway.region);
}

Decision by_proximity(const Question& q, Recorder* recorder) {
  const RegionList ways = by_way(q);
  if (recorder) tell_in_order(q, ways.list(), *recorder);
  if (q.eligible_count == 1) return one(q.eligible.first(), DecidedBy::OnlyOne);
  return ways.size == 0 ? by_latency(q, recorder) : one(ways.members[0], DecidedBy::Proximity);
}

}  // namespace

bool is_swapping(const Question& q, const Swaps& swaps, RegionId region) {
  if (q.client.block.source == kNoSource) return swaps.median.is_near(region, q.eligible);
  const Source& source = q.steering.map->source(q.client.block.source);
  if (!source.is_live() || source.is_predicted()) return false;
  const size_t vantage = source.live_vantage();
  return vantage < swaps.by_vantage.size() && swaps.by_vantage[vantage].is_near(region, q.eligible);
}

Ranking ranked(const Question& q) {
  if (!q.pool.nests) return rank(rank_input(q, q.eligible, q.eligible_count));
  RegionSet reach;
  for_each_eligible(q, [&reach](RegionId, const RegionSet& own) { reach = reach | own; });
  const Ranking regions = rank(rank_input(q, reach, reach.size()));
  Ranking ranking;
  RegionSet left = q.eligible;
  for (const auto& estimate : regions.list())
    for_each_eligible(q, [&](RegionId gateway, const RegionSet& own) {
      if (!left.has(gateway) || !own.has(estimate.region)) return;
      left.remove(gateway);
      ranking.add({gateway, estimate.held, estimate.source});
    });
  return ranking;
}

void tell_ranking(const Question& q, Recorder& recorder) { tell_in_order(q, {}, recorder); }

namespace {

Decision among(const Question& q, Recorder* recorder) {
  const Routing routing = q.pool.spec.routing;
  if (routing == Routing::Proximity) return by_proximity(q, recorder);
  if (recorder) tell_ranking(q, *recorder);
  if (q.eligible_count == 1) {
    const bool first = routing == Routing::Priority && q.pool.family(q.family).enabled.size() > 1;
    return one(q.eligible.first(), first ? DecidedBy::Priority : DecidedBy::OnlyOne);
  }
  switch (routing) {
    case Routing::Latency:
    case Routing::Subnet:
    case Routing::Geographic:
    case Routing::Proximity:
    case Routing::Priority: return by_latency(q, recorder);
    case Routing::Weighted: return by_weight(q, recorder);
    case Routing::Multivalue: return several(q, recorder);
  }
  return {};
}

// Of a private subnet its own: it was the resolver's latency that was of use, not its place in the network.
const Serves::Area* area_of(const Serves& serves, const Client& client) {
  const bool is_private = client.from == Client::From::Resolver && client.has_subnet && client.source_prefix_len != 0;
  const Serves::Area* area = is_private ? serves.find(client.subnet_address) : nullptr;
  return area ? area : serves.find(client.address);
}

Decision of_those(const Question& q, const RegionSet& regions, DecidedBy where_one, Recorder* recorder) {
  Decision decision = among({q.steering, q.pool, q.family, q.client, regions, regions.size()}, recorder);
  if (decision.by == DecidedBy::OnlyOne) decision.by = where_one;
  return decision;
}

// Of the gateways that serve an area around the client: those that may be given, or where it is not to be left all of
// them. Nothing: look further out. `tell` is called before they are ranked.
template <typename Tell>
std::optional<Decision> of_area(const Question& q, const RegionSet& regions, DecidedBy where_one, Recorder* recorder, Tell tell) {
  const RegionSet healthy = q.eligible & regions;
  const RegionSet all = q.pool.family(q.family).enabled & regions;
  const bool stays = healthy.empty() && q.pool.spec.stay_in_area;
  const RegionSet& given = stays ? all : healthy;
  if (given.empty()) return std::nullopt;
  if (recorder) tell(*recorder);
  Decision decision = of_those(q, given, where_one, recorder);
  decision.is_down = stays;
  return decision;
}

// "*" is the widest area: whom no other holds, or none whose gateways may be given. Where nobody serves it, anybody.
template <typename Tell>
Decision of_the_rest(const Question& q, const RegionSet& regions, Recorder* recorder, Tell tell) {
  const auto found = of_area(q, regions, DecidedBy::ServesRest, recorder, tell);
  return found ? *found : among(q, recorder);
}

// From the smallest prefix around the client outwards to the first whose gateways may be given.
Decision by_network(const Question& q, Recorder* recorder) {
  const Serves& serves = *q.pool.spec.serves;
  for (const Serves::Area* area = area_of(serves, q.client); area; area = serves.wider(*area))
    if (const auto found = of_area(q, area->regions, DecidedBy::Serves, recorder, [area](Recorder& r) { r.serving(&area->prefix); }))
      return *found;
  return of_the_rest(q, serves.rest(), recorder, [](Recorder& r) { r.serving(nullptr); });
}

// The same on the Earth.
Decision by_geography(const Question& q, Recorder* recorder) {
  const Geography& geography = *q.pool.spec.geography;
  for (const uint16_t index : geography.around(q.steering.locality(q.client.block))) {
    const Geography::Area& area = geography.area(index);
    if (const auto found = of_area(q, area.regions, DecidedBy::ServesArea, recorder, [&area](Recorder& r) { r.serving_area(area.name); }))
      return *found;
  }
  return of_the_rest(q, geography.rest(), recorder, [](Recorder& r) { r.serving_area({}); });
}

}  // namespace

Decision decide(const Question& q, Recorder* recorder) {
  switch (q.pool.spec.routing) {
    case Routing::Subnet: return by_network(q, recorder);
    case Routing::Geographic: return by_geography(q, recorder);
    default: return among(q, recorder);
  }
}

}  // namespace isochrone::steer
