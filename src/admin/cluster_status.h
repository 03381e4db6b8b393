#pragma once
// A cluster as one of its nodes sees it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/duration.h"

namespace isochrone::admin {

struct ClusterNode {
  std::string name, region, version;
  uint64_t revision = 0;                     // that it serves; 0: none
  uint64_t refused = 0;                      // newest that it could not load; 0: none
  std::string fault;                         // why
  std::string answers;                       // digest of what its clients may be given
  std::vector<std::string> vantages;         // that it hears
  Duration heard{};                          // since its key last changed
};

struct ClusterStatus {
  std::string name;                          // empty: this node is alone
  bool reached = false;                      // etcd is being watched
  Duration away{};                           // since when it is not
  std::string trouble;                       // why; while it is watched, why it does not take what this node writes
  bool writes_refused = false;               // it is watched, and does not take it
  uint64_t revision = 0;                     // served; 0: none
  std::string who, why;                      // of the revision served
  std::optional<Duration> pushed;            // how long ago, by the clock of who pushed
  uint64_t refused = 0;
  std::string fault;
  bool named_twice = false;                  // another node has this one's name
  bool diverges = false;                     // nodes that serve one revision would answer differently, and did 10 s ago
  uint64_t misunderstood = 0;                // keys in etcd that were no good
  std::vector<ClusterNode> nodes;            // by name; without etcd those heard last
};

}  // namespace isochrone::admin
