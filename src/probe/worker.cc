#include "probe/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "loop/clock.h"
#include "loop/timer.h"
#include "probe/api_client.h"
#include "probe/link.h"
#include "probe/wire_json.h"
#include "util/log.h"
#include "util/percent.h"
#include "util/random_run.h"

namespace isochrone::probe {

namespace {

constexpr Duration kShortestPace = 100ms;
constexpr size_t kFewChanges = 1000;  // more than these, and a full report is no larger

// A node takes a verdict for old after three intervals and a timeout: it must hear of each try of the busiest target.
Duration pace_of(const health::Plan& plan, Duration at_most) {
  for (const health::Target& target : plan.targets)
    if (target.spec.kind != health::Kind::None)
      at_most = std::min(at_most, std::max<Duration>(target.spec.interval, kShortestPace));
  return at_most;
}

}  // namespace

class Worker::Reporter {
 public:
  Reporter(Worker& worker, uv_loop_t* loop, const config::ReportTo& node)
      : worker_(worker),
        client_(worker.curl_, worker.trust_, node),
        trouble_("reporting", node.node),
        back_off_(worker.random_, worker.config_.longest_wait),
        timer_(loop, [this] { send(); }) {
    link_.node = node.node;
    timer_.once(worker.report_every_);
  }

  void changed(std::span<const health::TargetId> targets) {
    if (worker_.resting_) return;
    if (pending_.size() <= kFewChanges) pending_.insert(pending_.end(), targets.begin(), targets.end());
    const bool away = !trouble_.text().empty();  // then the back-off decides when
    if (!away) send();
  }
  // Targets have other numbers from now on.
  void renumbered() {
    pending_.clear();
    full_at_ = Time();
  }
  // The rest is over.
  void wake() {
    renumbered();
    back_off_.reset();
    timer_.stop();
    send();
  }

  WorkerLink link() const {
    WorkerLink link = link_;
    link.trouble = trouble_.text();
    link.reached = link.reports > 0 && link.trouble.empty();
    return link;
  }

 private:
  void send() {
    if (client_.busy() || worker_.resting_) return;  // take() or wake() goes on
    const bool full = pending_.empty() || pending_.size() > kFewChanges || loop::now() >= full_at_;
    if (full) pending_.clear();
    const health::VantageReport report = worker_.make_report(pending_);
    pending_.clear();
    if (full) full_at_ = loop::now() + worker_.report_every_;
    client_.post("/api/v1/report", encode_report(report), [this](ApiAnswer answer) { take(answer); });
  }

  void take(const ApiAnswer& answer) {
    if (answer.status / 100 == 2) {
      ++link_.reports;
      trouble_.clear();
      back_off_.reset();
      return pending_.empty() ? timer_.once(full_at_ - loop::now()) : send();
    }
    if (worker_.resting_) return;  // the other way's later reports may have overtaken it
    full_at_ = Time();             // whatever it missed
    ++link_.failures;
    trouble_.set(explain(answer, "probe", "vantage", worker_.config_.vantage));
    timer_.once(back_off_.take());
  }

  Worker& worker_;
  ApiClient client_;
  Trouble trouble_;
  WorkerLink link_;
  std::vector<health::TargetId> pending_;  // changed since the last report was made
  Time full_at_{};                         // when the next full report is due
  BackOff back_off_;
  loop::Timer timer_;
};

// Looks at the plan of one node, until that one fails; then at the next one's.
class Worker::Planner {
 public:
  Planner(Worker& worker, uv_loop_t* loop)
      : worker_(worker),
        // A name is a label as a rule, but a wrong one must not become another request.
        path_("/api/v1/plan?vantage=" + percent_encoded(worker.config_.vantage)),
        back_off_(worker.random_, worker.config_.longest_wait),
        timer_(loop, [this] { look(); }) {
    for (const auto& node : worker.config_.nodes) {
      clients_.push_back(std::make_unique<ApiClient>(worker.curl_, worker.trust_, node));
      troubles_.emplace_back("fetching the plan", node.node);
    }
    timer_.once(0s);
  }

 private:
  void look() {
    clients_[at_]->get(path_, etag_, kMaxPlanSize, [this](ApiAnswer answer) { take(std::move(answer)); });
  }

  void take(ApiAnswer answer) {
    if (answer.status == 304 || (answer.status == 200 && adopt(answer))) {
      troubles_[at_].clear();
      back_off_.reset();
      return timer_.once(worker_.config_.plan_every);
    }
    if (answer.status != 200) troubles_[at_].set(explain(answer, "probe", "vantage", worker_.config_.vantage));
    at_ = (at_ + 1) % clients_.size();
    etag_.clear();  // another node's numbers mean something else
    timer_.once(back_off_.take());
  }

  bool adopt(const ApiAnswer& answer) {
    const size_t digest = std::hash<std::string>()(answer.body);
    if (!worker_.has_plan_ || digest != digest_) {
      auto plan = decode_plan(answer.body);
      if (!plan) return troubles_[at_].set("the plan is not understood: " + plan.error().text), false;
      log::info("plan received",
                {{"node", clients_[at_]->node().node}, {"targets", std::to_string(plan->targets.size())}});
      worker_.report_every_ = pace_of(*plan, worker_.config_.report_every);
      worker_.callbacks_.on_plan(std::make_shared<const health::Plan>(std::move(*plan)));
      for (const auto& reporter : worker_.reporters_) reporter->renumbered();
    }
    worker_.has_plan_ = true;
    digest_ = digest;
    etag_ = answer.etag;
    return true;
  }

  Worker& worker_;
  std::string path_;
  std::vector<std::unique_ptr<ApiClient>> clients_;
  std::vector<Trouble> troubles_;
  size_t at_ = 0;
  std::string etag_;
  size_t digest_ = 0;
  BackOff back_off_;
  loop::Timer timer_;
};

Worker::Worker(uv_loop_t* loop, WorkerConfig config, WorkerCallbacks callbacks)
    : config_(std::move(config)),
      callbacks_(std::move(callbacks)),
      curl_(loop),
      random_(std::random_device()()),
      run_(random_run()),
      report_every_(config_.report_every),
      planner_(std::make_unique<Planner>(*this, loop)) {
  for (const auto& node : config_.nodes) reporters_.push_back(std::make_unique<Reporter>(*this, loop, node));
}

Worker::~Worker() {
  close();
}

void Worker::close() {
  planner_.reset();
  reporters_.clear();
}

void Worker::changed(std::span<const health::TargetId> targets) {
  for (const auto& reporter : reporters_) reporter->changed(targets);
}

health::VantageReport Worker::make_report(std::span<const health::TargetId> only) {
  health::VantageReport report = callbacks_.report(only);
  report.vantage = config_.vantage;
  report.run = run_;
  report.sequence = ++sequence_;
  return report;
}

std::optional<health::VantageReport> Worker::full_report() {
  if (!has_plan_) return std::nullopt;
  return make_report({});
}

void Worker::rest(bool resting) {
  if (std::exchange(resting_, resting) == resting || resting) return;
  for (const auto& reporter : reporters_) reporter->wake();
}

std::vector<WorkerLink> Worker::links() const {
  std::vector<WorkerLink> links;
  for (const auto& reporter : reporters_) links.push_back(reporter->link());
  return links;
}

}  // namespace isochrone::probe
