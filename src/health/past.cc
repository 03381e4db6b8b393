#include "health/past.h"

#include <algorithm>

namespace isochrone::health {

namespace {

// Rows remembered: at 5 s, twenty minutes of a dense record; of a sparse one, weeks.
constexpr int kWindow = 256;
// A region that is left for another is not back before about so many samples: what a switch is paid off over.
constexpr double kHorizon = 32;
// Differences are taken to last until more than this (squares of margins) says otherwise: one shift is no habit.
constexpr double kDoubt = 64;

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
  steps_ *= kKept;
  spread_ *= kKept;
  for (size_t r = 0; r < estimates.size(); ++r) {
    Cost& cost = costs_[r];
    if (!estimates[r]) continue;
    const double now = std::min(1.0, to_seconds(*estimates[r] - *lowest) / to_seconds(margin));
    if (cost.known) {
      steps_ += (now - cost.last) * (now - cost.last) / 2;
      spread_ += (now - cost.mean) * (now - cost.mean);
    }
    cost.mean += (now - cost.mean) / (cost.known ? rows_ : 1);
    cost.last = now;
    cost.known = true;
  }
}

double Past::renewal() const {
  return std::min(1.0, steps_ / (spread_ + kDoubt));
}

Duration Past::handicap(steer::RegionId region, Duration margin) const {
  if (region >= costs_.size()) return {};
  return std::chrono::duration_cast<Duration>(margin * (kHorizon * renewal() * costs_[region].mean));
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
