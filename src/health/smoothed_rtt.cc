#include "health/smoothed_rtt.h"

#include <algorithm>
#include <cmath>

namespace isochrone::health {

namespace {

// A mean over this many samples leaves a sixth of a jittery path's spread, and at 5 s an hour's swing is followed
// within three minutes.
constexpr int kLongest = 32;
constexpr double kSpreadGain = 1.0 / 16;
// Of normal noise, one sample in 700 is beyond four mean deviations; two in a row on one side happen once in a month
// of probing every 5 s. A shift too small for that is seen when the median of five is off by two and a half.
constexpr double kFar = 4, kOff = 2.5;
// No path is steadier than clocks and schedulers let us see.
constexpr double kLeastSpread = 0.25;  // ms

Duration from_ms(double ms) {
  return Duration(std::llround(ms * 1e6));
}

}  // namespace

void SmoothedRtt::add(Duration sample) {
  if (sample <= Duration::zero() || sample > 60s) return;
  const auto ms = static_cast<float>(to_milliseconds(sample));
  if (samples_ < kRecent) {
    recent_[static_cast<size_t>(samples_++)] = ms;
    return take_median();
  }
  const double oldest = recent_.front();
  std::shift_left(recent_.begin(), recent_.end(), 1);
  recent_.back() = ms;
  if (route_shifted()) return take_median();

  const auto off = [this](double s) { return std::clamp(s - value_, -kFar * spread_, kFar * spread_); };
  // The spread learns of a sample when it leaves, or a shift would widen what it is measured against.
  spread_ = std::max(kLeastSpread, spread_ + (std::abs(off(oldest)) - spread_) * kSpreadGain);
  samples_ = std::min(samples_ + 1, kLongest);
  value_ += off(ms) / samples_;
}

bool SmoothedRtt::route_shifted() {
  const float last = recent_[4], before = recent_[3];
  const double far = kFar * spread_;
  if (std::min(last, before) > value_ + far || std::max(last, before) < value_ - far) {
    // Two spikes in a row would look the same: begin with the milder one, so that two more samples undo it.
    if (std::abs(before - value_) < std::abs(last - value_)) recent_[4] = before;
    begin_route(1);
    return true;
  }
  std::array<float, kRecent> sorted = recent_;
  std::sort(sorted.begin(), sorted.end());
  if (std::abs(sorted[kRecent / 2] - value_) <= kOff * spread_) return false;
  begin_route(3);
  return true;
}

// The newest `samples` are the first of the route.
void SmoothedRtt::begin_route(int samples) {
  std::copy(recent_.end() - samples, recent_.end(), recent_.begin());
  samples_ = samples;
}

// While a route is young one spike among few samples would weigh too much in a mean.
void SmoothedRtt::take_median() {
  const auto n = static_cast<size_t>(samples_);
  std::array<float, kRecent> sorted = recent_;
  std::sort(sorted.begin(), sorted.begin() + samples_);
  value_ = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += std::abs(sorted[i] - value_);
  spread_ = std::max(kLeastSpread, sum / samples_);
}

void SmoothedRtt::restore(Duration value, Duration spread) {
  value_ = to_milliseconds(value);
  spread_ = std::max(kLeastSpread, to_milliseconds(spread));
  recent_.fill(static_cast<float>(value_));
  samples_ = kLongest;
}

std::optional<Duration> SmoothedRtt::value() const {
  if (samples_ == 0) return std::nullopt;
  return from_ms(value_);
}

Duration SmoothedRtt::spread() const {
  return from_ms(spread_);
}

}  // namespace isochrone::health
