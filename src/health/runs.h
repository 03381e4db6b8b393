#pragma once
// Tells new reports from replayed ones, with no clock: a sender names each of its runs by chance and numbers its reports.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
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
  // The run and sequence taken last; nullopt: none yet.
  std::optional<std::pair<uint64_t, uint64_t>> last() const {
    return any_ ? std::optional(std::pair(run_, sequence_)) : std::nullopt;
  }

 private:
  static constexpr size_t kPastRuns = 8;
  bool any_ = false;
  uint64_t run_ = 0, sequence_ = 0;
  std::vector<uint64_t> past_;  // newest last; a report of one of these is a replay
};

// The same of senders that share a name: their runs go on side by side.
class ParallelRuns {
 public:
  Status take(uint64_t run, uint64_t sequence);
  bool has_passed(uint64_t run, uint64_t sequence) const;

 private:
  static constexpr size_t kMostRuns = 64;
  auto find(uint64_t run) const { return std::ranges::find(last_, run, &std::pair<uint64_t, uint64_t>::first); }

  std::vector<std::pair<uint64_t, uint64_t>> last_;  // run and sequence, the one heard last at the end; of more the first is forgotten
};

}  // namespace isochrone::health
