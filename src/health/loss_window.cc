#include "health/loss_window.h"

#include <algorithm>
#include <cmath>

namespace isochrone::health {

void LossWindow::failed(bool lost) {
  ++aside_.probes;
  aside_.lost += lost;
}

void LossWindow::succeeded(bool lost, Time now) {
  advance(now);
  buckets_[current_].probes += aside_.probes + 1;
  buckets_[current_].lost += aside_.lost + lost;
  judge(aside_.lost + lost > 0);
  aside_ = {};
}

void LossWindow::judge(bool lost) {
  if (lost) clean_ = {};
  const Counts sum = counts();
  const Interval interval = wilson_interval(sum.lost, sum.probes);
  share_ = clean_ >= 2 * kBuckets * kBucket ? 0 : std::clamp(share_, interval.lower, interval.upper);
}

void LossWindow::outage() {
  aside_ = {};
  last_.reset();
}

// A gap counts for one bucket at most, so that slow probing still has its last ten probes in the window.
void LossWindow::advance(Time now) {
  if (last_) {
    const Duration gap = std::min(now - *last_, kBucket);
    in_bucket_ += gap;
    clean_ += gap;
  }
  last_ = now;
  if (in_bucket_ < kBucket) return;
  in_bucket_ -= kBucket;
  current_ = (current_ + 1) % kBuckets;
  buckets_[current_] = {};
}

LossWindow::Counts LossWindow::counts() const {
  Counts sum;
  for (const Counts& bucket : buckets_) {
    sum.probes += bucket.probes;
    sum.lost += bucket.lost;
  }
  return sum;
}

void LossWindow::restore(Counts counts, double share) {
  *this = {};
  counts.lost = std::min(counts.lost, counts.probes);
  // Spread over the window, so that it fades as it would have.
  for (size_t i = 0; i < kBuckets; ++i) {
    const auto part = [i](uint32_t n) {
      return static_cast<uint32_t>(uint64_t{n} * (i + 1) / kBuckets - uint64_t{n} * i / kBuckets);
    };
    buckets_[i] = {part(counts.probes), part(counts.lost)};
  }
  share_ = share;
}

Interval wilson_interval(uint32_t hits, uint32_t tries) {
  if (tries == 0) return {};
  constexpr double z = 1.96;
  const double n = tries;
  const double share = std::min(hits, tries) / n;
  const double middle = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {hits == 0 ? 0 : (middle - half) / scale, std::min(1.0, (middle + half) / scale)};
}

}  // namespace isochrone::health
