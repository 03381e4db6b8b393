#include "health/estimator.h"

#include <algorithm>
#include <chrono>

namespace isochrone::health {

namespace {

// Whether a packet was lost on the way that a client's would have been lost on too. A refused port or a wrong status
// came back: the path is fine. A connection that came about only after TCP sent a segment again lost one.
bool was_lost(const Outcome& outcome) {
  return outcome.failure == Failure::Timeout || outcome.failure == Failure::Unreachable ||
         outcome.retransmits > 0;
}

}  // namespace

Duration latency(Duration rtt, double loss) {
  const double beyond = std::clamp(loss - kOrdinaryLoss, 0.0, 1.0);
  return rtt + std::chrono::duration_cast<Duration>(kInitialRto * beyond);
}

void Estimator::add(const Outcome& outcome, steer::Verdict before, steer::Verdict after, Time now) {
  using steer::Verdict;
  if (outcome.rtt) {
    rtt_.add(*outcome.rtt, last_ ? now - *last_ : Duration::zero());
    last_ = now;
  }
  if (before == Verdict::Down || after == Verdict::Down) return loss_.outage();
  if (outcome.ok()) return loss_.succeeded(was_lost(outcome), now);
  loss_.failed(was_lost(outcome));
}

void Estimator::restore(std::optional<Duration> rtt, Duration spread, LossWindow::Counts counts, double loss) {
  if (rtt) rtt_.restore(*rtt, spread);
  loss_.restore(counts, loss);
}

}  // namespace isochrone::health
