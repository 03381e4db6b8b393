#pragma once
// Loss of a path over five minutes of being up. Probes of an outage, from its first failure until it has risen, do
// not count: a region that was away is down for that while, not a bad path afterwards.

#include <array>
#include <cstdint>
#include <optional>

#include "util/duration.h"

namespace isochrone::health {

class LossWindow {
 public:
  struct Counts {
    uint32_t probes = 0, lost = 0;
  };

  // A failed try while up: kept aside until it is known whether an outage began with it.
  void failed(bool lost);
  // A try that went well while up: what was kept aside counts after all. `lost`: it needed a second SYN.
  void succeeded(bool lost, Time now);
  // Down, or still: what was kept aside is forgotten, and the window's clock stands still until succeeded().
  void outage();

  Counts counts() const;
  // The share lost, 0–1: it rises to the lower end of its 95 % interval, and falls only to the upper one. A lossy path's
  // counts go up and down by chance, and clients would with them. Nothing lost for two windows is 0.
  double share() const { return share_; }
  void restore(Counts counts, double share);

 private:
  static constexpr size_t kBuckets = 10;
  static constexpr Duration kBucket = 30s;

  void advance(Time now);
  void judge(bool lost);

  std::array<Counts, kBuckets> buckets_{};
  size_t current_ = 0;
  Duration in_bucket_{};          // of being up
  Duration clean_{};              // of being up since the last loss
  std::optional<Time> last_;      // the last try that counted; absent after an outage
  Counts aside_;
  double share_ = 0;
};

// Wilson's 95 % interval of a share of which `hits` out of `tries` were seen; {0, 1} where there are no tries.
struct Interval {
  double lower = 0, upper = 1;
};
Interval wilson_interval(uint32_t hits, uint32_t tries);

}  // namespace isochrone::health
