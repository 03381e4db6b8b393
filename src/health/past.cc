#include "health/past.h"

#include <algorithm>

namespace isochrone::health {

namespace {

// Rows remembered: at 5 s, twenty minutes of a dense record; of a sparse one, weeks.
constexpr int kWindow = 256;
// What a switch is paid off over: a region that is left for another is not back before about so many rows.
constexpr int kHorizon = 16;
// Differences are taken to last until more than this (squares of costs) says otherwise: one shift is no habit.
constexpr double kDoubt = 6;
// What a cost is counted in, and the most that counts, in margins. With a whole one, how far a region was off outweighs
// how often, which is what comes again, and on paths that wander what is passing outweighs what is; with half of one less is gained.
constexpr double kMost = 0.75;

}  // namespace

void Past::add(std::span<const std::optional<Duration>> estimates, Duration margin) {
  std::optional<Duration> lowest;
  for (const auto& estimate : estimates) {
    if (estimate && (!lowest || *estimate < *lowest)) lowest = estimate;
  }
  if (!lowest || margin <= Duration::zero()) return;
  if (costs_.size() < estimates.size()) costs_.resize(estimates.size());
  constexpr double kKept = 1 - 1.0 / kWindow;
  rows_ = std::min(rows_ + 1, kWindow);
  lasting_ *= kKept;
  spread_ *= kKept;
  for (size_t r = 0; r < estimates.size(); ++r) {
    Cost& cost = costs_[r];
    if (!estimates[r]) continue;
    const double now = std::min(1.0, to_seconds(*estimates[r] - *lowest) / (kMost * to_seconds(margin)));
    if (cost.known) {
      lasting_ += (now - cost.mean) * (cost.recent - cost.mean);
      spread_ += (now - cost.mean) * (now - cost.mean);
    }
    cost.mean += (now - cost.mean) / (cost.known ? rows_ : 1);
    cost.recent += (now - cost.recent) / (cost.known ? std::min(rows_, kHorizon) : 1);
    cost.known = true;
  }
}

double Past::lasts() const {
  return std::clamp((lasting_ + kDoubt) / (spread_ + kDoubt), 1.0 / kHorizon, 1.0);
}

// Of the rows to come the present tells `lasts()` and the mean the rest: so many times as much. One is taken off, because a window
// that ends, and costs that have a most, make a path that wanders look like one that comes back.
Duration Past::handicap(steer::RegionId region, Duration margin) const {
  if (region >= costs_.size()) return {};
  const double weight = std::max(0.0, (1 - lasts()) / lasts() - 1);
  return std::chrono::duration_cast<Duration>(margin * (kMost * weight * costs_[region].mean));
}

void Past::renumber(std::span<const steer::RegionId> new_id) {
  std::vector<Cost> costs;
  for (size_t r = 0; r < costs_.size() && r < new_id.size(); ++r) {
    if (new_id[r] == steer::kNoRegion) continue;
    if (costs.size() <= new_id[r]) costs.resize(new_id[r] + size_t{1});
    costs[new_id[r]] = costs_[r];
  }
  costs_ = std::move(costs);
}

}  // namespace isochrone::health
