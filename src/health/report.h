#pragma once
// What a vantage tells others, and what is kept over a restart: ages and names, never clock times or numbers of a load.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/probe.h"
#include "steer/pool.h"
#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::health {

// One try, for those who were not there. `age` is since it ended; the target is told beside it.
struct Receipt {
  Duration age{};
  Outcome outcome;
};

// One (vantage, target) as a report carries it: ages, never clock times.
struct TargetReport {
  std::string key;                   // Target::key
  steer::Verdict verdict = steer::Verdict::Unknown;
  bool failing = false;
  Duration age{};                    // since the last try
  Duration since{};                  // since the verdict last changed
  std::optional<Duration> rtt;       // smoothed
  double loss = 0;                   // lower bound, 0–1
  std::string reason;                // of the last failure
  std::optional<int64_t> certificate_expiry;
  std::optional<double> load = {};   // of the last try
  std::vector<Receipt> receipts;     // of failures that are news: the last one, and the first of the outage; at most two
};

// No age is negative, no RTT 0 or longer than a minute, the loss a number within 0 and 1, the load one up to kMostLoad.
bool is_sensible(const TargetReport& target);

struct VantageReport {
  std::string vantage;
  uint64_t run = 0;                  // differs from one run of the worker to the next
  uint64_t sequence = 0;             // grows with every report of one run of the worker
  std::vector<TargetReport> targets; // all of them, or those tried since the report before
};

// One (vantage, target) as it is saved: a report, and what an estimator goes on from.
struct SavedTarget : TargetReport {
  Duration rtt_age{};
  Duration spread{};                 // of the RTT
  uint32_t probes = 0, lost = 0;     // of the loss window
};

struct SavedVantage {
  std::string name;
  std::vector<SavedTarget> targets;
};

// A calm order, best first.
struct SavedRow {
  std::string vantage;               // empty: the median over all of them
  Family family = Family::V4;
  struct Cell {
    std::string region;
    Duration held{};
  };
  std::vector<Cell> cells;
};

// How far a gateway of a pool was relieved of its load.
struct SavedRelief {
  std::string pool, gateway;
  int level = 0;                     // LoadRelief::level()
  Duration age{};                    // since its last figure
};

struct SavedState {
  std::vector<SavedVantage> vantages;
  std::vector<SavedRow> rows;
  std::vector<SavedRelief> reliefs = {};
};

}  // namespace isochrone::health
