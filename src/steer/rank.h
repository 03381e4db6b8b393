#pragma once
// Regions by latency for one client: its sources are walked from fine to coarse, then the median (DESIGN §5.3).

#include <array>
#include <optional>
#include <span>

#include "steer/steer.h"

namespace isochrone::steer {

// What is ranked, and from what.
struct RankInput {
  const LatencyMap& map;
  const LiveRows& live;
  const Predicted* predicted;  // null: nothing is predicted yet
  SourceId finest;             // of the client's block
  const RegionSet& eligible;
  int eligible_count;
};

// Best first, regions without any estimate absent. A list on the stack: a query allocates nothing.
class Ranking {
 public:
  std::span<const Recorder::Estimate> list() const { return {list_.data(), size_}; }
  void add(const Recorder::Estimate& estimate) { list_[size_++] = estimate; }  // behind the others; at most kMaxRegions

 private:
  friend Ranking rank(const RankInput& input);
  std::array<Recorder::Estimate, kMaxRegions> list_;
  size_t size_ = 0;
};

// Every region's value is that of the finest source that has it. Each source's own order is kept (it is calm where its
// held values are not quite in order); between sources held values decide, at equal ones the finer source.
Ranking rank(const RankInput& input);

// The first of rank(), without the rest; kNoRegion where nothing is known.
RegionId best(const RankInput& input);

// One region's; `eligible` does not matter.
std::optional<Recorder::Estimate> estimate_of(const RankInput& input, RegionId region);

}  // namespace isochrone::steer
