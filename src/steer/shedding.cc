#include "steer/shedding.h"

#include <algorithm>

#include "steer/band.h"
#include "steer/hash.h"

namespace isochrone::steer {

namespace {

RegionSet kept_of(const RegionSet& regions, const Question& q, const PoolFamily& side, Recorder* recorder) {
  const uint64_t drawn = draw_of_network(q.pool, q.client.address);
  RegionSet kept = regions;
  regions.for_each([&](RegionId region) {
    if (region >= side.shed_of.size() || !is_shed(drawn, name_of(q.pool, *q.steering.regions, region), side.shed_of[region])) return;
    kept.remove(region);
    if (recorder) recorder->shed(region);
  });
  return kept;
}

Duration relief_of(const PoolFamily& side, RegionId region) {
  return region < side.relief_of.size() ? side.relief_of[region] : Duration::zero();
}

RegionSet less_loaded(const RegionSet& regions, const PoolFamily& side, Duration than) {
  RegionSet less = regions;
  regions.for_each([&](RegionId region) {
    if (relief_of(side, region) >= than) less.remove(region);
  });
  return less;
}

// By going from one gateway to the other. Of a way that nobody knows, as much as puts it last.
Duration lost_by(const Question& q, RegionId from, RegionId to) {
  constexpr Duration kUnknown = 1s;
  RegionSet both;
  both.add(from);
  both.add(to);
  const Ranking ranking = ranked({q.steering, q.pool, q.family, q.client, both, 2});
  const auto list = ranking.list();
  if (list.size() != 2) return kUnknown;
  return list[0].region == from ? list[1].held.value() - list[0].held.value() : Duration::zero();
}

Decision choose(const Question& q, const RegionSet& among) {
  return decide({q.steering, q.pool, q.family, q.client, among, among.size()}, nullptr);
}

RegionSet set_of(const Decision& decision) {
  RegionSet set;
  for (const RegionId region : decision.given)
    if (region != kNoRegion) set.add(region);
  return set;
}

// The last of an answer that one has left: who takes its place, or where there is nobody else, who of the others loses most by it.
RegionId last_of(const Decision& decision) {
  const auto none = std::ranges::find(decision.given, kNoRegion);
  return none == decision.given.begin() ? kNoRegion : *(none - 1);
}

// Each one in the answer leaves it for itself, and the others stay: what is left after the first that does.
RegionSet without_one_of_several(const Question& q, const PoolFamily& side, uint64_t drawn, const RegionSet& regions, Recorder* recorder) {
  const Decision now = choose(q, regions);
  const RegionSet given = set_of(now);
  for (const RegionId region : now.given) {
    const Duration relief = relief_of(side, region);
    if (relief == Duration::zero()) continue;
    RegionSet others = given | less_loaded(regions, side, relief);
    others.remove(region);
    const RegionId next = last_of(choose(q, others));
    if (next == kNoRegion || relief_of(side, next) >= relief) continue;
    if (!is_relieved(drawn, name_of(q.pool, *q.steering.regions, region), lost_by(q, region, next), relief)) continue;
    if (recorder) recorder->shed(region);
    return others;
  }
  return regions;
}

RegionSet without_loaded_of_several(const Question& q, const PoolFamily& side, uint64_t drawn, RegionSet regions, Recorder* recorder) {
  while (true) {
    const RegionSet left = without_one_of_several(q, side, drawn, regions, recorder);
    if (left == regions) return regions;
    regions = left;
  }
}

}  // namespace

bool is_relieved(uint64_t drawn, std::string_view region, Duration loses, Duration relief) {
  const auto us = [](Duration d) { return static_cast<uint64_t>(d / std::chrono::microseconds(1)); };
  const uint64_t u = mix(mix(mix(drawn)) ^ hash_of(region)) >> 32;  // another number than that of is_shed()
  return us(loses + kReliefBase) * ((uint64_t{1} << 32) + u) >> 32 < us(relief + kReliefBase);
}

bool is_shed(uint64_t drawn, std::string_view region, uint16_t share) {
  // Another number than the one that weights draw, or the networks that are shed would be those of least weight.
  const uint64_t own = mix(mix(drawn) ^ hash_of(region));
  return (own >> 32) * 1000 >> 32 < share;
}

RegionSet without_shed(const Question& q, const PoolFamily& side, const View& view, Recorder* recorder) {
  const RegionSet kept = kept_of(view.eligible, q, side, recorder);
  if (!kept.empty()) return kept;
  const RegionSet next = kept_of(view.next, q, side, recorder);
  if (!next.empty()) return next;
  return view.next.empty() ? view.eligible : view.next;
}

RegionSet without_loaded(const Question& q, const PoolFamily& side, const View& view, RegionSet regions, Recorder* recorder) {
  const uint64_t drawn = draw_of_network(q.pool, q.client.address);
  if (q.pool.spec.routing == Routing::Multivalue) return without_loaded_of_several(q, side, drawn, regions, recorder);
  while (true) {
    const Decision now = choose(q, regions);
    const RegionId region = now.given[0];
    const Duration relief = relief_of(side, region);
    if (relief == Duration::zero() || now.is_down) return regions;
    RegionSet others = less_loaded(regions, side, relief);
    if (others.empty()) others = less_loaded(view.next, side, relief);
    if (others.empty()) return regions;
    const Decision next = choose(q, others);
    if (next.is_down || !is_relieved(drawn, name_of(q.pool, *q.steering.regions, region), lost_by(q, region, next.given[0]), relief)) return regions;
    if (recorder) recorder->shed(region);
    regions = others;
  }
}

}  // namespace isochrone::steer
