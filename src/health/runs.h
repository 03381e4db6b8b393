#pragma once
// Tells new reports from replayed ones, with no clock: a sender names each of its runs by chance and numbers its reports.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "util/result.h"

namespace isochrone::health {

// What was taken of one sender.
class Runs {
 public:
  // Takes a report, or says why it is a replay and changes nothing.
  Status take(uint64_t run, uint64_t sequence);
  // Of the present run, and not newer than the last one taken.
  bool has_passed(uint64_t run, uint64_t sequence) const { return any_ && run == run_ && sequence <= sequence_; }

 private:
  static constexpr size_t kPastRuns = 8;
  bool any_ = false;
  uint64_t run_ = 0, sequence_ = 0;
  std::vector<uint64_t> past_;  // newest last; a report of one of these is a replay
};

}  // namespace isochrone::health
