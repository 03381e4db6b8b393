#pragma once
// `isochrone replay --log`: what a query log says was given, held against a configuration.
//
//   a line ─► LoggedChoice ─► the answer path, on a snapshot of the files (what_if.h) ─► the region given now ─┐
//                        └─► the region given then ───────────────────────────────────────────────────────────┴─► moves
//
// Lines are read once and none is kept: memory is bounded however long the log is.

#include <string>
#include <utility>
#include <vector>

#include "node/what_if.h"

namespace isochrone::node {

struct ReplayedMove {
  std::string from, to;      // regions; kNoneGiven; kOthers
  uint64_t queries = 0;
};

struct DecisionReplay {
  static constexpr const char* kNoneGiven = "(no region)";  // no answer, or an address of no region
  static constexpr const char* kOthers = "(others)";        // what is behind the most pairs that are told apart

  uint64_t lines = 0;
  uint64_t steered = 0;      // of the lines; the sum of the next four
  uint64_t same = 0;
  uint64_t moved = 0;        // given another region
  uint64_t gone = 0;         // the configuration steers no such name, or no such type of it
  uint64_t drawn = 0;        // drawn anew for every answer: nothing to compare
  uint64_t by_resolver = 0;  // of same and moved: without a client subnet
  uint64_t bad = 0;          // lines that could not be read
  std::vector<Problem> bad_lines;   // the first ones
  uint64_t networks = 0, moved_networks = 0;  // of same and moved, of moved
  bool more_networks = false;       // than can be told apart
  std::vector<ReplayedMove> moves;  // most queries first
  struct Load {
    std::string region;
    uint64_t before = 0, after = 0;  // queries, of same and moved
  };
  std::vector<Load> load;           // by name
  std::vector<std::string> notes;   // what an operator should know of the result
};

// `logs`: files, in any order. An Error: the request, or a file that cannot be read on (FILE:LINE: …); problems of the
// configuration's files are in `problems` then.
Result<DecisionReplay> replay_decisions(const std::string& config, const std::vector<std::string>& logs, Problems& problems);

}  // namespace isochrone::node
