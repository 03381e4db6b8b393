#pragma once
// Probe outcomes in, verdicts, estimates and orders out. Pure: every call is handed the time. One thread.
//
//   probe ─► Outcome ─► record() ─┬─ TargetState   rise, fall, quick recheck: one per (vantage, target)
//   a worker's report ─► report() ┘        │
//                                          ├─ quorum       verdicts of all vantages → one, suspects left out
//                                          └─ Estimator    tcpi_rtt, loss → latency of (vantage, region, family)
//                                                   └─ Order   best first, calm: margin and dwell
//   node ◄─ take_changes() ─ which targets' verdicts and which vantages' rows are new

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "health/probe.h"
#include "steer/latency_map.h"
#include "steer/pool.h"
#include "steer/region.h"

namespace isochrone::health {

// How many vantages must say "down" before it is believed. Ties are up.
struct QuorumRule {
  enum class Kind : uint8_t { Majority, Any, All, Count } kind = Kind::Majority;
  int count = 1;
};

struct SteeringRules {
  Duration margin = 5ms;
  Duration dwell = 30s;
  Duration max_age = 24h;
  bool anycast = false;
};

// What this machine knows of a target, as one vantage sees it: for `status`, metrics and the saved state.
struct TargetView {
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;              // the last try failed, though the verdict is not Down
  bool fresh = false;                // younger than 3 × interval + timeout
  Duration age{};                    // since the last try
  Duration since{};                  // since the verdict last changed
  std::optional<Duration> rtt;       // smoothed
  std::string reason;                // of the last failure
  uint64_t tries = 0, failures = 0;
  std::optional<int64_t> certificate_expiry;
};

// The latency of a region as a vantage sees it.
struct RegionView {
  std::optional<Duration> estimate;  // smoothed RTT + loss × 1 s
  std::optional<Duration> held;      // what choices are made from
  Duration rtt{};
  double loss = 0;                   // lower 95 % bound over five minutes of being up
  Duration age{};
};

// One (vantage, target) as a report carries it: ages, never clock times.
struct TargetReport {
  std::string key;                   // Target::key
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;
  Duration age{};
  Duration since{};
  std::optional<Duration> rtt;
  double loss = 0;
  std::string reason;
  std::optional<int64_t> certificate_expiry;
};

struct VantageReport {
  std::string vantage;
  uint64_t sequence = 0;             // grows with every report of one run of the worker
  std::vector<TargetReport> targets; // all of them, or those that changed
};

// A failover that happened: from the first failed try to the verdict.
struct Detection {
  TargetId target = 0;
  Duration took{};
};

struct Changes {
  std::vector<TargetId> targets;             // verdict, failing or dissent changed
  std::vector<steer::VantageId> rows;        // order or held estimates changed
  bool median = false;
  std::vector<Detection> detections;         // Up → Down by this node's own vantage
  std::vector<std::string> suspects;         // vantages now suspect
  uint64_t switches = 0;                     // changes of the first region of a row
};

}  // namespace isochrone::health
