#pragma once
// The sources of a map whose clients may be given something else because a row has moved: what is measured or predicted
// is in their chain before everything is known. Of rows of a table that are complete, and those alone, there is no need to
// look again.

#include <cstddef>
#include <span>
#include <vector>

#include "steer/latency_map.h"

namespace isochrone::steer {

struct Movable {
  SourceId source = kNoSource;
  IpAddress first, last;    // of one family: where the first and the last block of those begin whose finest source it is
};

// Goes through the whole map. Pure.
class MovableSources {
 public:
  explicit MovableSources(const LatencyMap& map);
  std::span<const Movable> list() const { return list_; }
  size_t blocks() const { return blocks_; }  // of the whole map
  size_t memory() const { return list_.capacity() * sizeof(Movable); }  // octets

 private:
  std::vector<Movable> list_;
  size_t blocks_ = 0;
};

}  // namespace isochrone::steer
