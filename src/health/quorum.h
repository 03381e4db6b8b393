#pragma once
// Verdicts of many vantages on one target, merged into one.

#include <optional>
#include <span>

#include "health/rules.h"
#include "steer/pool.h"
#include "util/duration.h"

namespace isochrone::health {

// What one trusted vantage says of a target.
struct Vote {
  steer::Verdict verdict = steer::Verdict::Unknown;  // Unknown does not vote
  bool failing = false;
  Time last{};                                       // of its last try
  int weight = 1;                                    // 1–1000; counts where the rule is Weighted
};

struct Merged {
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;  // not Down, but would be if every failing vote were
};

// Whether `down` of `voters` votes, or of their weights, make it down; `voters` ≥ 1. A count beyond the voters there are means all of them.
bool says_down(const QuorumRule& rule, int down, int voters);

// A vote counts until it is older than `freshness` at `now`. Where all are older, the last to grow old decide: what
// is known is frozen, not forgotten. Unknown where nobody has ever voted.
Merged merge(const QuorumRule& rule, std::span<const Vote> votes, Duration freshness, Time now);

}  // namespace isochrone::health
