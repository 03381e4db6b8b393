#pragma once
// The state machine of one target as this machine probes it.
//
//            first success ┌────┐ fall failures in a row  ┌──────┐
//   Unknown ───────────────► Up ├─────────────────────────► Down ◄── first failure, from Unknown
//                          └──▲─┘                         └──┬───┘
//                             └── rise successes in a row ───┘

#include "health/probe.h"
#include "steer/pool.h"
#include "util/duration.h"

namespace isochrone::health {

class TargetState {
 public:
  // One try that says something of the target: never Failure::Local. `spec` gives fall and rise, and may be another
  // one from try to try (a reload).
  void record(bool ok, const ProbeSpec& spec, Time now);

  // Goes on from what was known before a restart.
  void restore(steer::Verdict verdict, Time last, Time since);

  steer::Verdict verdict() const { return verdict_; }
  bool failing() const { return verdict_ == steer::Verdict::Up && run_ > 0; }
  Time last() const { return last_; }    // the last try; meaningless while Unknown
  Time since() const { return since_; }  // when the verdict last changed; meaningless while Unknown

  // From the end of the last try to the next: the interval, but `recheck` while failures in a row may become an
  // outage, and while one lost packet may have made the very first result. Without jitter, which is the schedule's.
  Duration next_delay(const ProbeSpec& spec) const { return failing() || doubts_ > 0 ? spec.recheck : spec.interval; }

 private:
  void set(steer::Verdict verdict, Time now);

  steer::Verdict verdict_ = steer::Verdict::Unknown;
  int run_ = 0;     // tries in a row that contradict the verdict
  int doubts_ = 0;  // tries still to come at the quick pace: Down by the very first result, and not confirmed yet
  Time last_{}, since_{};
};

}  // namespace isochrone::health
