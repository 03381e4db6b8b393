#pragma once
// What the node tells of itself, as plain structs: for `status`, /api/v1/status and /metrics.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/cluster_status.h"
#include "health/health.h"
#include "health/observation.h"
#include "steer/lowered.h"
#include "steer/pool.h"
#include "util/duration.h"

namespace isochrone::admin {

// One target as one vantage sees it.
struct SightStatus {
  std::string vantage;
  health::TargetView view;
};

struct AddressStatus {
  std::string address;
  bool probed = true;
  steer::Verdict verdict = steer::Verdict::Unknown;  // the quorum's
  bool failing = false;
  std::vector<SightStatus> sights;
  bool is_name = false;                              // it stands for the addresses of both families
};

struct GatewayStatus {
  std::string region;                                // of a pool in the pool: what it is called here
  uint32_t weight = 1;
  bool enabled = true;
  std::string drained_by;                            // the drain's target and reason; empty: not drained
  std::vector<AddressStatus> addresses;
  std::string pool;                                  // the pool that it is; empty: a gateway with addresses
  std::vector<std::pair<Family, steer::Verdict>> pool_verdicts;  // whether enough of that pool's gateways are up
  std::optional<double> load;                        // as it tells it, a share of its limit; absent: nothing lately
  Duration relief{};                                 // its load was above: networks that lose less are sent elsewhere
  double gone = 0;                                   // share of the client networks that the drain has taken away by now
};

struct FamilyStatus {
  bool served = false;                               // some enabled gateway has an address of the family
  steer::Outcome outcome = steer::Outcome::NoData;   // for clients that follow the quorum
  std::vector<std::string> eligible;                 // regions, for the same clients
};

// The last time that an address left a pool's answers.
struct FailoverStatus {
  std::string region, address;
  Duration took{};                                   // from the start of its first failed probe to the published answer
  Duration age{};
};

struct PoolStatus {
  std::string name;                                  // zone/pool
  std::string probe;
  std::string all_down;
  uint32_t services = 0;
  std::string some_service;                          // one of them, for a person
  Duration failover_bound{};                         // until no client uses it any more; zero: not probed
  Duration failover_limit{};                         // the same without the TTL: what FailoverStatus::took may be
  uint64_t failovers = 0, late_failovers = 0;
  std::optional<FailoverStatus> last_failover;
  FamilyStatus v4, v6;
  steer::Lowered lowered;                            // why some of its answers hold for less than its TTL
  std::vector<GatewayStatus> gateways;
};

struct EstimateStatus {
  std::string region;
  Family family = Family::V4;
  health::RegionView view;
};

struct VantageStatus {
  bool own = false;
  health::VantageView view;
  std::vector<EstimateStatus> estimates;
};

struct ZoneStatus {
  std::string name;
  uint32_t serial = 0;
  uint32_t records = 0;
  uint32_t services = 0;
};

struct ConfigStatus {
  bool last_reload_ok = true;
  Duration age{};                                    // since the configuration now served was loaded
  uint64_t reloads = 0, failed_reloads = 0;
  std::string error;                                 // of the last failed reload, several lines
  bool from_last_good = false;                       // the files were bad at the start; what state kept is served
  size_t warnings = 0;
};

struct DrainStatus {
  std::string target;                                // REGION, POOL.ZONE or POOL.ZONE/REGION
  std::string reason;
  std::string by;
  Duration age{};
  std::optional<Duration> expires_in;
};

// Rows of clients that nobody measured.
struct PredictionStatus {
  bool asked = false;            // places are configured
  std::string fallback;          // why it is by distance alone; empty: it is not
  uint32_t observations = 0, places = 0, rows = 0, refused = 0;
  double held_out_error_ms = 0;  // median error on measured rows that were left out
  Duration fit{};                // how long the last one took
  uint32_t networks = 0;         // that gateways see and it has learnt from
  uint32_t clipped = 0;          // cells that they would have moved further than they may
  bool networks_refused = false; // measured rows are predicted worse with them: it has not learnt from them
};

// Scopes that are wider than a block of the latency map.
struct ScopesStatus {
  size_t tables = 0;             // pools that choose alike share one; 0: every scope is a block, or nothing divides the clients
  size_t octets = 0;
  size_t pools_left_out = 0;     // (pool, family) pairs whose scopes are blocks for want of memory
  Duration merge{};              // how long the last merge took
};

// A region whose gateways measure their clients.
struct ObserverStatus {
  std::string region;
  std::optional<Duration> heard;   // since its last report; absent: none since the start
  uint64_t reports = 0, refused = 0;
  uint64_t passed_over = 0;        // networks in them that no client is in
  uint64_t forgotten = 0;          // networks that the observer had no room for
  size_t networks = 0;             // known of it now
  size_t moved = 0;                // in which it is ranked otherwise for what was observed
  size_t clipped = 0;              // in which that would be more, but for steering.correction
};

struct ObservedStatus {
  size_t networks = 0;
  uint64_t evicted = 0;            // networks that had to make room for others
  Duration weave{};                // how long the map with them took to make
  std::vector<ObserverStatus> gateways;
};

struct StatusReport {
  std::string node, version, region;
  Duration uptime{};
  Duration snapshot_age{};
  uint64_t generation = 0;
  bool ready = false;
  ConfigStatus config;
  std::vector<ZoneStatus> zones;
  std::vector<PoolStatus> pools;
  std::vector<VantageStatus> vantages;
  PredictionStatus prediction;
  ScopesStatus scopes;
  ObservedStatus observed;
  std::vector<DrainStatus> drains;
  ClusterStatus cluster;                             // its name is empty: this node is alone
  std::vector<std::string> notices;                  // state that is not well: disk full, state set aside, …
};

}  // namespace isochrone::admin
