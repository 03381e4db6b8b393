#include "probe/progress.h"

#include <utility>

#include "loop/clock.h"
#include "probe/socket.h"

namespace isochrone::probe {

using health::Outcome;
using health::Phase;

void Progress::enter(Phase next) {
  const Time now = loop::now();
  outcome_.phases[static_cast<size_t>(phase_)] += now - entered_;
  entered_ = now;
  phase_ = next;
}

void Progress::measure(int fd) {
  const auto measured = measure_tcp(fd);
  if (!measured) return;
  outcome_.rtt = measured->rtt;
  outcome_.retransmits = measured->retransmits;
}

void Progress::show(std::string_view answer, std::shared_ptr<const health::Chain> chain) {
  outcome_.evidence = health::evidence_of(answer, std::move(chain));
}

Outcome Progress::end(Outcome verdict) {
  enter(phase_);
  outcome_.failure = verdict.failure;
  outcome_.phase = verdict.ok() ? Phase::Done : verdict.phase;
  outcome_.reason = std::move(verdict.reason);
  outcome_.code = verdict.code;
  outcome_.load = verdict.load;
  return std::move(outcome_);
}

}  // namespace isochrone::probe
