#pragma once
// What the admin room asks of the node: facts as plain structs, and a few commands. `admin` names and formats them.
//
//   CLI ─► state/admin.sock ─┐
//   Prometheus, curl, a      ├─► HTTP routes ─► Backend (implemented by node, on the control thread) ─► facts
//   browser ─► admin: ADDR ──┘

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/cluster_status.h"
#include "health/health.h"
#include "health/observation.h"
#include "health/probe.h"
#include "steer/lowered.h"
#include "steer/pool.h"
#include "util/duration.h"
#include "util/result.h"

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

// Cumulative; bounds in seconds, ascending; counts has one more, the last being above all bounds.
struct Histogram {
  std::vector<double> bounds;
  std::vector<uint64_t> counts;
  double sum = 0;
};

// A counter or gauge with its labels, in the order of the family's label names.
struct Sample {
  std::vector<std::string> labels;
  double value = 0;
};

struct LabelledHistogram {
  std::vector<std::string> labels;
  Histogram histogram;
};

// What is only of interest to Prometheus; the rest of /metrics comes from StatusReport.
struct MetricsSample {
  std::vector<Sample> queries;              // transport, type, rcode
  std::vector<Sample> answers;              // zone, pool, region
  std::vector<Sample> all_down_answers;     // pool
  std::vector<Sample> dropped;              // reason
  std::vector<Sample> truncated;            // transport
  std::vector<Sample> cookies;              // kind
  uint64_t ecs_queries = 0;
  uint64_t not_logged = 0;                  // queries that the query log had no room for
  std::vector<LabelledHistogram> latency;   // transport
  std::vector<Sample> tcp;                  // event
  double tcp_open = 0;
  double tcp_held = 0;                      // octets
  std::vector<LabelledHistogram> phases;    // phase, region
  std::vector<Sample> probes;               // kind of result: ok, refused, timeout, …
  Histogram failover;                       // FailoverStatus::took of each
  Histogram failover_ratio;                 // the same, divided by PoolStatus::failover_limit
  uint64_t switches = 0;
  Histogram reload_seconds;
  uint64_t reports = 0, bad_reports = 0;
  uint64_t state_write_failures = 0;
  bool state_writable = true;
};

struct ExplainRequest {
  std::string name;
  wire::Type type = wire::Type::A;
  std::string client;                       // prefix or address; empty: none was sent
  std::string resolver;                     // address; empty: 127.0.0.1
};

// What a region's gateway measured of the client's network.
struct ExplainObserved {
  Duration rtt{};
  uint32_t samples = 0;
  Duration age{};
  Duration access{};                        // of the RTT, the part that is the clients' access network
  Duration moved{};                         // by how much the estimate is another for it
  bool clipped = false;                     // it would be more, but for steering.correction
};

struct ExplainEstimate {
  std::string region;
  std::optional<Duration> estimate;
  std::string source;                       // "table measured.csv, 192.0.2.0/24", "vantage tokyo", "median"
  std::optional<Duration> age;
  std::optional<health::Stage> stage;       // absent: what has no age, such as a table's row
  std::optional<ExplainObserved> observed;
  std::string verdict;                      // "up", "down", "unknown", "drained", "disabled"
  bool eligible = false;
  bool chosen = false;
};

struct Explanation {
  std::string name, type, rcode;
  std::string pool, service;                // empty: not steered
  std::string client;                       // who it was taken for: "192.0.2.0/24 (ECS)", "198.51.100.1 (resolver)"
  std::string block;                        // the client's block
  std::string vantage;                      // whose verdicts it follows; empty: the quorum's
  std::string outcome;
  std::string decided_by;                   // one sentence
  std::vector<ExplainEstimate> estimates;   // best first, then those that were not eligible
  std::vector<std::string> band;            // regions within tolerance, where there was more than one
  std::vector<std::string> answer;          // addresses or records
  uint32_t ttl = 0;
  std::string ttl_reason;
  std::optional<int> scope;
  std::string scope_reason;
};

struct DrainRequest {
  std::string target;
  std::string reason;
  std::string by;
  std::optional<Duration> duration;
  bool here = false;                        // of a cluster whose etcd is away: on this node alone until it is back
};

struct DrainReply {
  std::string target;                       // as understood
  std::vector<std::string> services;        // that move with it, the first 20
  size_t service_count = 0;
  std::optional<Duration> ends_in;          // absent: it lasts until undrained
  std::optional<Duration> takes;            // until the last client is told to go elsewhere; absent: at once
};

struct VantageReceipts {
  std::string vantage;
  std::vector<health::Receipt> receipts;    // newest first
};

// What tries of one target showed.
struct TargetReceipts {
  std::string target, address, probe, kind; // its key and what it is made of
  std::string region;                       // may be empty
  std::vector<VantageReceipts> vantages;    // those that have any, the node's own first
};

struct ReceiptsReply {
  std::vector<TargetReceipts> targets;
};

struct ReloadReply {
  bool ok = false;
  std::string problems;                     // warnings too
  Duration took{};
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Any thread; each waits for the control thread, at most some seconds. An Error says why there is no answer.
  virtual Result<StatusReport> status() = 0;
  virtual Result<MetricsSample> metrics() = 0;
  virtual Result<Explanation> explain(const ExplainRequest& request) = 0;
  virtual Result<DrainReply> drain(const DrainRequest& request) = 0;
  virtual Result<DrainReply> undrain(const DrainRequest& request) = 0;
  virtual Result<ReloadReply> reload() = 0;
  // `target` as a person calls it; probe_now() waits for the slowest time-out.
  virtual Result<ReceiptsReply> receipts(const std::string& target) = 0;
  virtual Result<ReceiptsReply> probe_now(const std::string& target) = 0;
  // For a probe worker: what it is to probe, and what it has found.
  virtual Result<health::Plan> plan(const std::string& vantage) = 0;
  virtual Status report(const health::VantageReport& report) = 0;
  // What a gateway has measured of its clients.
  virtual Status observe(const health::ObservationReport& report) = 0;
  // One that did not get so far: `who` sent it, as far as is known. Does not wait.
  virtual void refused_report(const std::string& who, const std::string& why) = 0;
  virtual bool ready() = 0;
};

}  // namespace isochrone::admin
