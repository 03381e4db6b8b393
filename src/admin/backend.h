#pragma once
// What the admin room asks of the node: facts as plain structs, and a few commands. `admin` names and formats them.
//
//   CLI ─► state/admin.sock ─┐
//   Prometheus, curl, a      ├─► HTTP routes ─► Backend (implemented by node, on the control thread) ─► facts
//   browser ─► admin: ADDR ──┘

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/metrics_sample.h"
#include "admin/status_report.h"
#include "health/health.h"
#include "health/observation.h"
#include "health/probe.h"
#include "steer/pool.h"
#include "util/duration.h"
#include "util/ip.h"
#include "util/result.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::admin {

struct ExplainRequest {
  wire::Name name;
  wire::Type type = wire::Type::A;
  std::optional<Prefix> client;             // as ECS has it; absent: none was sent
  IpAddress resolver;
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

// The order that a later one of the same target took the place of.
struct ReplacedDrain {
  std::string reason, by;
  std::optional<Duration> ends_in;          // absent: it would have lasted until undrained
};

struct DrainReply {
  std::string target;                       // as understood
  std::vector<std::string> services;        // that move with it, the first 20; they had moved where one was replaced
  size_t service_count = 0;
  std::optional<Duration> ends_in;          // absent: it lasts until undrained
  std::optional<Duration> takes;            // from now, until the last client is told to go elsewhere; absent: at once, or all are
  std::optional<ReplacedDrain> replaced;    // the target was drained already
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

// These come back by then.
inline constexpr Duration kLongestLoad = 5min;   // reload()
inline constexpr Duration kLongestProbe = 5min;  // probe_now(): the longest time-out that a probe may have

class Backend {
 public:
  virtual ~Backend() = default;
  // Any thread; each waits for the control thread, at most some seconds, reload() longer. An Error says why there is no answer.
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
  // One that did not get so far: `who` sent it, as far as is known; observations are of one who may write `region`'s. Does not wait.
  virtual void refused_report(const std::string& who, const std::string& why) = 0;
  virtual void refused_observations(const std::string& region, const std::string& why) = 0;
  // An order ("/api/v1/drain") of one who may not give it. Does not wait.
  virtual void refused_order(const std::string& who, const std::string& what, const std::string& why) = 0;
  virtual bool ready() = 0;
};

}  // namespace isochrone::admin