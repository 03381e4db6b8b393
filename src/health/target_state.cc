#include "health/target_state.h"

#include <algorithm>

namespace isochrone::health {

using steer::Verdict;

void TargetState::record(bool ok, const ProbeSpec& spec, Time now) {
  last_ = now;
  if (verdict_ == Verdict::Unknown) {
    set(ok ? Verdict::Up : Verdict::Down, now);
    if (!ok) doubts_ = spec.fall - 1 + spec.rise;
    return;
  }
  doubts_ = std::max(doubts_ - 1, 0);
  if (ok == (verdict_ == Verdict::Up)) {
    run_ = 0;
    return;
  }
  ++run_;
  if (verdict_ == Verdict::Up && run_ >= spec.fall) set(Verdict::Down, now);
  else if (verdict_ == Verdict::Down && run_ >= spec.rise) set(Verdict::Up, now);
}

void TargetState::set(Verdict verdict, Time now) {
  verdict_ = verdict;
  since_ = now;
  run_ = 0;
  doubts_ = 0;
}

void TargetState::restore(Verdict verdict, Time last, Time since) {
  verdict_ = verdict;
  last_ = last;
  since_ = since;
  run_ = 0;
}

}  // namespace isochrone::health
