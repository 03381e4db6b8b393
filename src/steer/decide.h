#pragma once
// The ranking step of a choice, where the routing methods differ (DESIGN §5.3–4). What comes before it (candidates,
// verdicts, what to do when all is down) is decided in pool.cc when a verdict changes; what comes after it is in steer.cc.

#include <array>

#include "steer/rank.h"
#include "steer/steer.h"

namespace isochrone::steer {

// For whom one of what is to be chosen. `eligible` is not empty.
struct Question {
  const Steering& steering;
  const Pool& pool;
  Family family;
  const Client& client;
  const RegionSet& eligible;
  int eligible_count;
};

struct Decision {
  std::array<RegionId, kMaxGiven> given{kNoRegion, kNoRegion, kNoRegion, kNoRegion,
                                        kNoRegion, kNoRegion, kNoRegion, kNoRegion};  // the rest is kNoRegion
  DecidedBy by = DecidedBy::NoGateway;
  bool is_down = false;  // given though it is down: no other serves the client's network
};

Decision decide(const Question& question, Recorder* recorder);

// What is measured for clients of this family. Together means that A and AAAA name one gateway: both are ranked by IPv4.
inline const LiveRows& live_of(const Question& q) {
  return q.pool.spec.families_together ? q.steering.rows_v4 : q.steering.rows(q.family);
}

// Whether an eligible region is about to move in front of this one in the row that decides: the client's finest, where that
// is a vantage's, or where there is none the median.
bool is_swapping(const Question& question, const Swaps& swaps, RegionId region);

// The eligible by latency: see rank(). A pool in the pool by the best of the regions that it would choose from.
Ranking ranked(const Question& question);

// Tells what is known of the eligible regions, best first.
void tell_ranking(const Question& question, Recorder& recorder);

}  // namespace isochrone::steer
