#include "steer/shedding.h"

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

}  // namespace

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

}  // namespace isochrone::steer
