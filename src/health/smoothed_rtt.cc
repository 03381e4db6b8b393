#include "health/smoothed_rtt.h"

#include <algorithm>
#include <cmath>

namespace isochrone::health {

namespace {

// A mean goes over as many samples as bring its own deviation below a millisecond, within these limits: at 5 s, from
// three minutes to twenty, so that the swing of a day is followed.
constexpr double kShortest = 32, kLongest = 256;
constexpr double kSpreadGain = 1.0 / 16;
constexpr float kRateGain = 1.0F / 256;
// A row of samples off to one side is taken for chance while it is as likely as this: at 5 s, a few times a day.
constexpr float kChance = 2e-4F;
constexpr int kShortestRun = 2, kLongestRun = 8;
// No path is steadier than clocks and schedulers let us see.
constexpr double kLeastSpread = 0.25;  // ms
// From here on the next sample is too far away to wait for.
constexpr Duration kRare = 1min;
// A stray sample is one beyond so many spreads. How many of them are remembered, and what is thought of the first few:
// that they are spikes, or that they last, with the weight of so many seen.
constexpr double kStray = 4;
constexpr float kStraysKept = 64, kPrejudice = 4;

Duration from_ms(double ms) {
  return Duration(std::llround(ms * 1e6));
}

}  // namespace

void SmoothedRtt::add(Duration sample, Duration gap) {
  if (sample <= Duration::zero() || sample > 60s) return;
  const double ms = to_milliseconds(sample);
  if (samples_ > 0 && strays_.believes(ms, value_, spread_, gap >= kRare)) {
    recent_[0] = static_cast<float>(ms);
    samples_ = 1;
    is_first_route_ = false;
    far_.forget_run();
    off_.forget_run();
    return take_recent();
  }
  if (samples_ < kRecent) {
    recent_[static_cast<size_t>(samples_++)] = static_cast<float>(ms);
    return take_recent();
  }
  const double oldest = recent_.front();
  std::shift_left(recent_.begin(), recent_.end(), 1);
  recent_.back() = static_cast<float>(ms);

  const bool far = far_.add(ms - value_, spread_), off = off_.add(ms - value_, spread_);
  if (far || off) return begin_route(far ? far_.run() : off_.run());
  // The spread learns of a sample when it leaves, or a shift would widen what it is measured against.
  const double cap = 4 * spread_;
  spread_ += (std::min(std::abs(oldest - value_), cap) - spread_) * kSpreadGain;
  spread_ = std::max(spread_, kLeastSpread);
  average(std::clamp(ms, value_ - cap, value_ + cap));
}

void SmoothedRtt::average(double ms) {
  const double deviation = 1.25 * spread_;  // of normal noise
  const double enough = std::clamp(deviation * deviation / 2, kShortest, kLongest);
  samples_ = std::min(samples_ + 1, static_cast<int>(enough));
  value_ += (ms - value_) / samples_;
}

bool SmoothedRtt::Strays::believes(double ms, double value, double spread, bool sparse) {
  if (pending_) {
    const float kept = 1 - 1 / kStraysKept;
    const bool lasts = std::abs(ms - at_) < std::abs(ms - from_);
    seen_ = seen_ * kept + 1;
    lasted_ = lasted_ * kept + static_cast<float>(lasts);
  }
  pending_ = std::abs(ms - value) > kStray * spread;
  at_ = ms;
  from_ = value;
  return pending_ && lasted_ + (sparse ? kPrejudice : 0) > (seen_ + kPrejudice) / 2;
}

bool SmoothedRtt::Excess::add(double off, double spread) {
  const auto side = static_cast<int8_t>(off > spreads_ * spread ? 1 : off < -spreads_ * spread ? -1 : 0);
  if (side != side_) {
    // A row that ended was chance; one that has led to a new route never gets here.
    for (; run_ > 0; --run_) rate_ += (1 - rate_) * kRateGain;
    side_ = side;
  }
  if (side == 0) {
    rate_ -= rate_ * kRateGain;
    return false;
  }
  ++run_;
  return run_ >= kLongestRun || (run_ >= kShortestRun && std::pow(rate_, static_cast<float>(run_)) < kChance);
}

// Of the row that told it, only the sample nearest to what was known: if all of it was spikes, two samples undo it.
void SmoothedRtt::begin_route(int run) {
  const auto row = recent_.end() - std::min(run, kRecent);
  const auto distance = [this](float sample) { return std::abs(sample - value_); };
  recent_[0] = *std::min_element(row, recent_.end(), [&](float a, float b) { return distance(a) < distance(b); });
  samples_ = 1;
  is_first_route_ = false;
  far_.forget_run();
  off_.forget_run();
  take_recent();
}

// While a route is young one spike among few samples would weigh too much in a mean; in the spread, too. The very first
// samples are disturbed by what is only slow once (ARP, cold caches, a machine that is starting), which can only add:
// until there are enough of them the lowest is the best guess.
void SmoothedRtt::take_recent() {
  const auto median = [n = static_cast<size_t>(samples_)](std::array<float, kRecent> values) {
    std::sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
    return (values[(n - 1) / 2] + values[n / 2]) / 2.0;
  };
  const auto seen = recent_.begin() + samples_;
  value_ = is_first_route_ && samples_ < kRecent ? *std::min_element(recent_.begin(), seen) : median(recent_);
  std::array<float, kRecent> distance = recent_;
  for (float& d : distance) d = static_cast<float>(std::abs(d - value_));
  constexpr double kMeanOfMedian = 1.18;  // mean distance over the median one, of normal noise
  spread_ = std::max(kLeastSpread, kMeanOfMedian * median(distance));
}

void SmoothedRtt::restore(Duration value, Duration spread) {
  value_ = to_milliseconds(value);
  spread_ = std::max(kLeastSpread, to_milliseconds(spread));
  recent_.fill(static_cast<float>(value_));
  samples_ = static_cast<int>(kShortest);
  is_first_route_ = false;
}

std::optional<Duration> SmoothedRtt::value() const {
  if (samples_ == 0) return std::nullopt;
  return from_ms(value_);
}

Duration SmoothedRtt::spread() const {
  return from_ms(spread_);
}

}  // namespace isochrone::health
