#include "health/target_state.h"

#include <algorithm>

namespace isochrone::health {

using steer::Verdict;

TargetState::Step TargetState::record(bool ok, const ProbeSpec& spec, Time now) {
  last_ = now;
  if (verdict_ == Verdict::Unknown) {
    const Step step{.verdict = set(ok ? Verdict::Up : Verdict::Down, now)};
    if (!ok) doubts_ = spec.fall - 1 + spec.rise;
    return step;
  }
  doubts_ = std::max(doubts_ - 1, 0);

  const bool was_failing = failing();
  if (ok == (verdict_ == Verdict::Up)) {
    run_ = 0;
    return {.failing = was_failing};
  }
  ++run_;
  if (verdict_ == Verdict::Up && run_ >= spec.fall) return {.verdict = set(Verdict::Down, now), .failing = was_failing};
  if (verdict_ == Verdict::Down && run_ >= spec.rise) return {.verdict = set(Verdict::Up, now)};
  return {.failing = failing() != was_failing};
}

bool TargetState::set(Verdict verdict, Time now) {
  verdict_ = verdict;
  since_ = now;
  run_ = 0;
  doubts_ = 0;
  return true;
}

void TargetState::restore(Verdict verdict, Time last, Time since) {
  verdict_ = verdict;
  last_ = last;
  since_ = since;
  run_ = 0;
}

}  // namespace isochrone::health
