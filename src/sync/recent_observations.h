#pragma once
// The reports of the last minute, which together are one last state in etcd: a node that missed a value has what was in it
// from a later one, and what it had already it knows by run and sequence. Pure; the time is handed in.

#include <deque>
#include <string>
#include <vector>

#include "health/observation.h"
#include "util/duration.h"

namespace isochrone::sync {

class RecentObservations {
 public:
  static constexpr Duration kSpan = 60s;
  static constexpr size_t kMostReports = 60;

  void add(health::ObservationReport report, Time now);
  // For live/observed/, ages as of `now`; empty where nothing was added. The oldest go until it is small enough; the newest
  // stays in any case.
  std::string value(Time now);
  // Those added behind the report of that sequence, which is above 0 in every report; their ages as of `now`.
  std::vector<health::ObservationReport> since(uint64_t sequence, Time now) const;

 private:
  struct Kept {
    health::ObservationReport report;
    Time at;
  };

  std::deque<Kept> kept_;  // oldest first
};

}  // namespace isochrone::sync
