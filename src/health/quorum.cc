#include "health/quorum.h"

#include <algorithm>

namespace isochrone::health {

using steer::Verdict;

bool says_down(const QuorumRule& rule, int down, int voters) {
  switch (rule.kind) {
    case QuorumRule::Kind::Any:
      return down > 0;
    case QuorumRule::Kind::All:
      return down == voters;
    case QuorumRule::Kind::Count:
      return down >= std::clamp(rule.count, 1, voters);
    case QuorumRule::Kind::Majority:
    case QuorumRule::Kind::Weighted:
      break;
  }
  return 2 * down > voters;  // a tie is up
}

Merged merge(const QuorumRule& rule, std::span<const Vote> votes, Duration freshness, Time now) {
  std::optional<Time> newest;
  for (const Vote& vote : votes) {
    if (vote.verdict != Verdict::Unknown) newest = std::max(newest.value_or(vote.last), vote.last);
  }
  if (!newest) return {};
  const Time oldest = std::min(now, *newest + freshness) - freshness;

  int voters = 0, down = 0, failing = 0;
  for (const Vote& vote : votes) {
    if (vote.verdict == Verdict::Unknown || vote.last < oldest) continue;
    const int says = rule.kind == QuorumRule::Kind::Weighted ? vote.weight : 1;
    voters += says;
    if (vote.verdict == Verdict::Down) down += says;
    if (vote.verdict == Verdict::Down || vote.failing) failing += says;
  }
  if (says_down(rule, down, voters)) return {Verdict::Down, false};
  return {Verdict::Up, says_down(rule, failing, voters)};
}

}  // namespace isochrone::health
