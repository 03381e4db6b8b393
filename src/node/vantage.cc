#include "node/vantage.h"

#include <uv.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>

#include "cluster/etcd_way.h"
#include "health/health.h"
#include "health/receipts.h"
#include "loop/clock.h"
#include "loop/timer.h"
#include "node/open_files.h"
#include "node/own_loop.h"
#include "node/probe_once.h"
#include "probe/prober.h"
#include "probe/worker.h"
#include "sync/keys.h"
#include "sync/live_values.h"
#include "util/log.h"
#include "util/random_run.h"

namespace isochrone::node {

namespace {

// A node lets a lead stand for `dwell` before it believes it; a value that one report happened to catch must be
// corrected by the next ones well before that.
constexpr Duration kReportEvery = 2s;

class Vantage {
 public:
  Vantage(uv_loop_t* loop, const config::NodeConfig& config)
      : name_(config.node),
        health_(health::HealthConfig{random_run()}),
        tick_(loop, [this] { health_moved(); }),
        flush_(loop, [this] { health_moved(); }),
        prober_(loop, prober_config(config),
                probe::ProberCallbacks{.on_outcome = [this](const health::Outcome& o) { outcome(o); },
                                       .pace = [this](health::TargetId t) { return health_.next_delay(t); }}),
        worker_(loop, probe::WorkerConfig{.vantage = config.node, .nodes = config.report, .report_every = kReportEvery},
                probe::WorkerCallbacks{.on_plan = [this](auto plan) { adopt(std::move(plan)); },
                                       .report = [this](auto only) { return report(only); }}),
        write_(loop, [this] { write(); }) {
    if (!config.cluster) return;
    etcd_.emplace(loop, *config.cluster, sync::Keys(config.cluster->name).vantage(name_), [this] { return value(); }, [] {},
                  [this](bool takes) { worker_.rest(takes); });
    write();
  }

 private:
  void adopt(std::shared_ptr<const health::Plan> plan) {
    log::info("plan adopted", {{"targets", std::to_string(plan->targets.size())}});
    health_.configure(plan, {name_}, {}, loop::now());
    receipts_.configure(*plan);
    has_plan_ = true;
    health_.take_changes();
    prober_.set_plan(std::move(plan));
    health_moved();
  }

  void outcome(const health::Outcome& outcome) {
    health_.record(outcome.target, outcome, loop::now());
    receipts_.add(outcome.target, outcome, loop::now());
    if (!flush_.running()) flush_.once(Duration::zero());
  }

  void health_moved() {
    const Time at = loop::now();
    const Time next = health_.tick(at);
    const health::Changes changes = health_.take_changes();
    if (!changes.targets.empty()) {
      worker_.changed(changes.targets);
      if (etcd_) etcd_->write();
    }
    tick_.once(std::max<Duration>(next - at, 1ms));
  }

  // As often as the nodes would be told.
  void write() {
    etcd_->write();
    write_.once(worker_.pace());
  }

  // A key is a last state: whole, however little has changed.
  std::string value() {
    const auto report = worker_.full_report();
    return report ? sync::encode_vantage(*report) : std::string();
  }

  health::VantageReport report(std::span<const health::TargetId> only) {
    // Due before the first plan came: a node that refuses the plan refuses this too, and the log says why.
    if (!has_plan_) return {};
    health::VantageReport all = health_.make_report(true, loop::now());
    if (only.empty()) return receipts_.attach(all, loop::now()), all;
    std::unordered_set<std::string> wanted;
    for (const health::TargetId id : only) wanted.insert(health_.plan().targets[id].key);
    std::erase_if(all.targets, [&](const health::TargetReport& t) { return !wanted.contains(t.key); });
    receipts_.attach(all, loop::now());
    return all;
  }

  std::string name_;
  health::Health health_;
  health::Receipts receipts_{0};  // failures are what is reported
  bool has_plan_ = false;  // until then health_ knows of no vantage
  loop::Timer tick_, flush_;
  probe::Prober prober_;
  probe::Worker worker_;
  std::optional<cluster::EtcdWay> etcd_;
  loop::Timer write_;
};

}  // namespace

int run_vantage(const config::NodeConfig& config) {
  raise_open_files();
  run_until_stopped([&](uv_loop_t* loop) {
    auto vantage = std::make_unique<Vantage>(loop, config);
    log::info("measuring", {{"vantage", config.node}});
    return vantage;
  });
  return 0;
}

}  // namespace isochrone::node
