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
  // The lower end of the 95 % interval (Wilson) of the share lost, 0–1.
  double lower_bound() const;
  void restore(Counts counts);

 private:
  static constexpr size_t kBuckets = 10;
  static constexpr Duration kBucket = 30s;

  void advance(Time now);

  std::array<Counts, kBuckets> buckets_{};
  size_t current_ = 0;
  Duration in_bucket_{};          // of being up
  std::optional<Time> last_;      // the last try that counted; absent after an outage
  Counts aside_;
};

double wilson_lower_bound(uint32_t hits, uint32_t tries);

}  // namespace isochrone::health
