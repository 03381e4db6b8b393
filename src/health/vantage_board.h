#pragma once
// Everything one vantage says: a sighting for each target of the plan, and what it adds up to.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/probe.h"
#include "steer/pool.h"
#include "util/duration.h"

namespace isochrone::health {

struct Sighting {
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;
  bool fresh = false;             // as of the last sweep or update
  Time last{};                    // the last try; meaningless while Unknown
  Time since{};                   // when the verdict last changed
  Time troubled_since{};          // start of the first failed try of the row; meaningful while is_troubled()
  std::optional<Duration> rtt;    // smoothed
  Time rtt_at{};                  // when `rtt` was last measured
  double loss = 0;                // lower bound
  std::string reason;
  std::optional<int64_t> certificate_expiry;
  std::optional<double> load;     // of the last try

  bool is_troubled() const { return failing || verdict == steer::Verdict::Down; }
};

// A verdict is good for three missed tries.
inline Duration freshness(const ProbeSpec& spec) { return 3 * spec.interval + spec.timeout; }

class VantageBoard {
 public:
  VantageBoard() = default;
  VantageBoard(size_t targets, size_t regions) : sightings_(targets), down_in_(regions) {}

  const Sighting& operator[](TargetId id) const { return sightings_[id]; }
  const std::vector<Sighting>& sightings() const { return sightings_; }

  // Returns whether it votes differently from before: verdict, failing or fresh.
  bool set(const Target& target, Sighting sighting);
  // The target's verdict has grown too old. Returns as set() does.
  bool age(const Target& target);

  uint32_t up() const { return up_; }      // targets with a fresh verdict
  uint32_t down() const { return down_; }
  // Nothing fresh is fine, and regions are down in the plural: it may be the vantage itself that is cut off.
  bool seems_cut_off() const { return fine_ == 0 && regions_down_ >= 2; }

 private:
  void count(const Target& target, const Sighting& sighting, int by);

  std::vector<Sighting> sightings_;   // by TargetId
  std::vector<uint32_t> down_in_;     // by RegionId
  uint32_t up_ = 0, down_ = 0, fine_ = 0, regions_down_ = 0;
};

}  // namespace isochrone::health
