#include "health/vantage_board.h"

#include <utility>

namespace isochrone::health {

using steer::Verdict;

bool VantageBoard::set(const Target& target, Sighting sighting) {
  Sighting& known = sightings_[target.id];
  const bool changed =
      known.verdict != sighting.verdict || known.failing != sighting.failing || known.fresh != sighting.fresh;
  if (changed) {
    count(target, known, -1);
    count(target, sighting, +1);
  }
  known = std::move(sighting);
  return changed;
}

bool VantageBoard::age(const Target& target) {
  Sighting& known = sightings_[target.id];
  if (!known.fresh) return false;
  count(target, known, -1);
  known.fresh = false;
  count(target, known, +1);
  return true;
}

void VantageBoard::count(const Target& target, const Sighting& sighting, int by) {
  const auto add = [by](uint32_t& counter) { counter += static_cast<uint32_t>(by); };
  if (sighting.verdict == Verdict::Unknown || !sighting.fresh) return;
  if (sighting.verdict == Verdict::Up) {
    add(up_);
    if (!sighting.failing) add(fine_);
    return;
  }
  add(down_);
  if (target.region >= down_in_.size()) return;
  uint32_t& in_region = down_in_[target.region];
  if (in_region == 0) ++regions_down_;
  add(in_region);
  if (in_region == 0) --regions_down_;
}

}  // namespace isochrone::health
