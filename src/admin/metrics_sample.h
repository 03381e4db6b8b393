#pragma once
// What is only of interest to Prometheus; the rest of /metrics comes from StatusReport.

#include <cstdint>
#include <string>
#include <vector>

namespace isochrone::admin {

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

}  // namespace isochrone::admin
