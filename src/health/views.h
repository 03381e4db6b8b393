#pragma once
// What is told to people and to the node: values, good for as long as one likes.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/probe.h"
#include "health/stage.h"
#include "steer/pool.h"
#include "steer/region.h"
#include "util/duration.h"

namespace isochrone::health {

// What is known of a target, as one vantage sees it: for `status`, metrics and the saved state.
struct TargetView {
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;              // the last try failed, though the verdict is not Down
  bool fresh = false;                // younger than 3 × interval + timeout
  Duration age{};                    // since the last try
  Duration since{};                  // since the verdict last changed
  std::optional<Duration> rtt;       // smoothed
  double loss = 0;                   // LossWindow::share()
  std::string reason;                // of the last failure
  uint64_t tries = 0, failures = 0;  // this node's own vantage only
  uint64_t local_failures = 0;       // tries that failed here (Failure::Local) and say nothing of the target
  std::optional<int64_t> certificate_expiry;
  std::optional<double> load;        // of the last try
};

// How loaded a target is, as a share of its limit.
struct LoadFigure {
  double share = 0;
  Time at{};                         // of the try
};

// The latency of a region as a vantage sees it, in one family.
struct RegionView {
  std::optional<Duration> estimate;  // smoothed RTT + loss × 1 s
  std::optional<Duration> held;      // what choices are made from
  Duration rtt{};
  double loss = 0;
  Duration age{};                    // of the newest RTT in it
  Stage stage = Stage::Geography;
};

struct VantageView {
  std::string name;
  std::optional<Duration> heard;     // since it last said anything; absent: never
  bool suspect = false;              // it sees nothing at all while others do: left out of the quorum
  bool stale = false;                // there are targets, and of none has it a fresh verdict
  std::array<uint32_t, kStages.size()> estimates{};  // by Stage: regions in a family that it has something to probe in
  uint32_t up = 0, down = 0;         // targets with a fresh verdict
  uint64_t reports = 0, refused = 0;
  uint64_t unknown_targets = 0;      // told of, but in no plan of ours: another configuration, or just reloaded
  Duration regret[2]{};              // IPv4, IPv6: estimate of the first region of its order minus the lowest one
  double regret_seconds[2]{};        // its integral over time: the rate of this counter is the mean regret in seconds
  uint64_t switches = 0;             // changes of the first region, both families

  // That of its freshest estimate.
  Stage stage() const;
};

struct Changes {
  std::vector<TargetId> targets;             // verdict, failing or dissent may have changed; ascending, each once
  std::vector<steer::VantageId> rows;        // order or held estimates changed, in either family
  bool median = false;
  bool swaps = false;                        // LiveRows::swaps is another one
  std::vector<std::string> suspects;         // vantages now suspect
  std::vector<std::string> trusted;          // vantages no longer suspect
  uint64_t switches = 0;                     // changes of the first region of a row: of each vantage's, and of the median's where several measure

  bool empty() const {
    return targets.empty() && rows.empty() && !median && !swaps && suspects.empty() && trusted.empty() && switches == 0;
  }
};

}  // namespace isochrone::health
