#include "health/suspicion.h"

#include <algorithm>

namespace isochrone::health {

namespace {

// `witness` sees something up that `accused` sees down, or is about to.
bool contradicts(const VantageBoard& witness, const VantageBoard& accused) {
  const auto& seen = witness.sightings();
  const auto& claimed = accused.sightings();
  for (size_t t = 0; t < seen.size(); ++t) {
    const bool both = claimed[t].fresh && claimed[t].verdict != steer::Verdict::Unknown && seen[t].fresh;
    if (both && seen[t].verdict == steer::Verdict::Up) return true;
  }
  return false;
}

}  // namespace

std::vector<bool> find_suspects(std::span<const VantageBoard* const> boards) {
  std::vector<bool> suspect(boards.size());
  for (size_t v = 0; v < boards.size(); ++v) {
    if (!boards[v]->seems_cut_off()) continue;
    suspect[v] = std::ranges::any_of(
        boards, [&](const VantageBoard* other) { return !other->seems_cut_off() && contradicts(*other, *boards[v]); });
  }
  return suspect;
}

}  // namespace isochrone::health
