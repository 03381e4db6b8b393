#pragma once
// Latency of a path as the expected time to set up a connection: smoothed RTT + loss × the initial retransmission
// time-out (RFC 6298 §2.1: 1 s). RTT is the kernel's own; no stopwatch of ours goes into it.

#include <optional>

#include "health/loss_window.h"
#include "health/probe.h"
#include "health/smoothed_rtt.h"
#include "steer/pool.h"

namespace isochrone::health {

inline constexpr Duration kInitialRto = 1s;
// Loss that moves nobody: paths lose a percent each way in ordinary times, and from a window of 60 probes that cannot
// be told from twice as much. Only what is beyond counts.
inline constexpr double kOrdinaryLoss = 0.02;

// `loss`: a lower bound, 0–1.
Duration latency(Duration rtt, double loss);

class Estimator {
 public:
  // A try that is not Failure::Local, with the verdicts before and after it.
  void add(const Outcome& outcome, steer::Verdict before, steer::Verdict after, Time now);

  const SmoothedRtt& rtt() const { return rtt_; }
  const LossWindow& loss() const { return loss_; }
  void restore(std::optional<Duration> rtt, Duration spread, LossWindow::Counts counts, double loss);

 private:
  SmoothedRtt rtt_;
  LossWindow loss_;
  std::optional<Time> last_;  // RTT
};

}  // namespace isochrone::health
