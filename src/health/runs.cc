#include "health/runs.h"

#include <fmt/format.h>

#include <algorithm>

namespace isochrone::health {

Status Runs::take(uint64_t run, uint64_t sequence) {
  if (has_passed(run, sequence)) return fail(fmt::format("report {} came after report {}", sequence, sequence_));
  if (std::ranges::find(past_, run) != past_.end()) return fail("the report is of a run of the worker that has ended");
  if (any_ && run != run_) {
    if (past_.size() == kPastRuns) past_.erase(past_.begin());
    past_.push_back(run_);
  }
  any_ = true;
  run_ = run;
  sequence_ = sequence;
  return {};
}

Status ParallelRuns::take(uint64_t run, uint64_t sequence) {
  const auto known = find(run);
  if (has_passed(run, sequence))
    return fail(fmt::format("report {} came after report {}", sequence, known->second));
  if (known != last_.end()) last_.erase(known);
  else if (last_.size() == kMostRuns) last_.erase(last_.begin());
  last_.emplace_back(run, sequence);
  return {};
}

bool ParallelRuns::has_passed(uint64_t run, uint64_t sequence) const {
  const auto known = find(run);
  return known != last_.end() && sequence <= known->second;
}

}  // namespace isochrone::health
