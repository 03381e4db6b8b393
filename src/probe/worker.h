#pragma once
// What `isochrone probe` runs beside a Prober and a Health: its plan from a node, its results to every node.
//
//   node /api/v1/plan ─► on_plan(plan) ─► Prober, Health
//   Health ─► changed(): at once ─┬─► node /api/v1/report
//             every few seconds  ─┴─► another node's
//
// Where another way takes reports (etcd), reports to nodes rest. All are numbered in one row, so whichever way a report
// comes, one that was overtaken is known.
//
// Nothing is queued but which targets changed: a report is made from Health's state when it can be sent, so a node that
// was away for a day gets one report of how things are now, and holds up no memory here. Loop's thread only.

#include <uv.h>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "config/model.h"
#include "health/health.h"
#include "health/probe.h"
#include "probe/curl_loop.h"
#include "probe/trust.h"
#include "util/duration.h"

namespace isochrone::probe {

struct WorkerConfig {
  std::string vantage;
  std::vector<config::ReportTo> nodes;  // at least one; the plan comes from the first that gives it
  Duration plan_every = 5s;             // between looks at the plan; unchanged ones cost a 304
  Duration report_every = 5s;           // between full reports; less where targets are probed more often
  Duration longest_wait = 30s;          // back-off towards a node that is away or refuses
};

struct WorkerCallbacks {
  std::function<void(std::shared_ptr<const health::Plan>)> on_plan;  // only where it differs from the last
  // What is known now of these targets, or of all where none is named; the worker fills in vantage, run and sequence.
  std::function<health::VantageReport(std::span<const health::TargetId> only)> report;
};

// For the log and `status`.
struct WorkerLink {
  std::string node;
  bool reached = false;  // the last report was taken
  std::string trouble;   // why not: "401: the token is unknown to this node"
  uint64_t reports = 0, failures = 0;
};

class Worker {
 public:
  Worker(uv_loop_t* loop, WorkerConfig config, WorkerCallbacks callbacks);
  ~Worker();  // close()s; the loop must then run once more

  // Their verdicts changed: every node that is there is told at once, one in the middle of a report right after it.
  void changed(std::span<const health::TargetId> targets);
  // All that is known, for the other way, with the next number; nullopt: there is no plan yet.
  std::optional<health::VantageReport> full_report();
  // While `resting` nodes are told nothing; afterwards each is told everything at once. The plan is looked at as ever.
  void rest(bool resting);
  // Between full reports, as the plan wants them.
  Duration pace() const { return report_every_; }
  // Not from a callback.
  void close();
  std::vector<WorkerLink> links() const;

 private:
  class Planner;
  class Reporter;

  health::VantageReport make_report(std::span<const health::TargetId> only);

  WorkerConfig config_;
  WorkerCallbacks callbacks_;
  CurlLoop curl_;
  TrustStores trust_;
  std::mt19937 random_;
  uint64_t run_;  // names this start of the worker
  uint64_t sequence_ = 0;
  Duration report_every_;
  bool resting_ = false, has_plan_ = false;
  std::unique_ptr<Planner> planner_;
  std::vector<std::unique_ptr<Reporter>> reporters_;
};

}  // namespace isochrone::probe
