#include "health/load_relief.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "steer/shedding.h"

namespace isochrone::health {

namespace {

constexpr double kStep = 1.02;      // moves at most a twenty-fifth of the networks that lose the same
constexpr int kMostInOneStep = 20;  // half as much again
constexpr double kEnough = 0.9;     // of the limit: below it networks come back
constexpr double kAim = 0.95;
constexpr double kNoResponse = 0.005;  // a change of the share that may as well be chance
constexpr double kAbsurd = 1e6;

}  // namespace

bool LoadRelief::add(double share, Time at, Duration patience) {
  if (!(share >= 0 && share <= kAbsurd) || at <= last_) return false;
  last_ = at;
  if (at < deaf_until_) return false;
  figures_[count_++] = share;
  if (count_ < figures_.size()) return false;
  count_ = 0;
  std::ranges::nth_element(figures_, figures_.begin() + 1);
  const double middle = figures_[1];

  const int direction = middle > 1 ? 1 : middle < kEnough ? -1 : 0;
  const int level = std::clamp(level_ + direction * next_step(direction, middle), 0, kMostLevel);
  last_step_ = level - level_;
  share_before_ = middle;
  if (last_step_ == 0) return false;
  level_ = level;
  deaf_until_ = at + patience;
  return true;
}

void LoadRelief::restore(int level, Time last, Time deaf_until) {
  level_ = std::clamp(level, 0, kMostLevel);
  last_ = last;
  deaf_until_ = deaf_until;
}

int LoadRelief::next_step(int direction, double share) const {
  if (last_step_ * direction <= 0) return 1;
  const int last = std::abs(last_step_);
  const int most = std::min(2 * last, kMostInOneStep);
  const double moved = (share_before_ - share) * direction;
  if (moved <= kNoResponse) return most;
  const double wanted = std::abs(share - kAim) / (moved / last);
  return std::clamp(static_cast<int>(std::min(wanted, 1e6)), 1, most);
}

Duration LoadRelief::relief() const {
  if (level_ == 0) return {};
  const double base = static_cast<double>(steer::kReliefBase.count());
  return Duration(std::llround(base * (std::pow(kStep, level_) - 1)));
}

}  // namespace isochrone::health
