#include "node/backend.h"

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include "loop/control_queue.h"
#include "node/node.h"

namespace isochrone::node {

namespace {

constexpr const char* kBusy = "the node is stopping, or its control thread does not answer";
constexpr Duration kLongestDrain = 15s;  // three endpoints of etcd that hang

}  // namespace

class NodeBackend : public admin::Backend {
 public:
  NodeBackend(Node& node, loop::ControlQueue& control) : node_(node), control_(control) {}

  Result<admin::StatusReport> status() override { return ask([this] { return node_.status(); }); }
  Result<admin::MetricsSample> metrics() override { return ask([this] { return node_.metrics(); }); }
  Result<admin::Explanation> explain(const admin::ExplainRequest& request) override {
    return ask([this, request] { return node_.explain(request); });
  }
  Result<admin::DrainReply> drain(const admin::DrainRequest& request) override {
    return drain(request, true);
  }
  Result<admin::DrainReply> undrain(const admin::DrainRequest& request) override {
    return drain(request, false);
  }
  Result<admin::ReceiptsReply> receipts(const std::string& target) override {
    return flatten(ask([this, target] { return node_.receipts(target); }));
  }
  Result<admin::ReceiptsReply> probe_now(const std::string& target) override {
    const auto plan = flatten(ask([this, target] { return node_.plan_now(target); }));
    if (!plan) return tl::unexpected(plan.error());
    // One at a time: no more than one admin thread waits for gateways.
    const std::unique_lock only(probing_, std::try_to_lock);
    if (!only) return fail("another probe is under way: try again in a moment");
    return node::probe_now(*plan);
  }
  Result<health::Plan> plan(const std::string& vantage) override {
    return flatten(ask([this, vantage] { return node_.plan_for(vantage); }));
  }
  Status report(const health::VantageReport& report) override {
    const auto answer = control_.call([this, report] {
      // Through etcd it may have come already, from a node that was told before this one.
      if (node_.cluster_ && node_.health_.knows(report)) return Status();
      Status taken = node_.take_report(report);
      if (taken && node_.cluster_) node_.cluster_->pass_on(report.vantage);
      return taken;
    });
    return answer ? *answer : fail(kBusy);
  }
  Status observe(const health::ObservationReport& report) override {
    const auto answer = control_.call([this, report] {
      if (node_.cluster_ && node_.observers_.knows(report)) return Status();
      Status taken = node_.take_observations(report);
      if (taken && node_.cluster_) node_.cluster_->pass_on(report);
      return taken;
    });
    return answer ? *answer : fail(kBusy);
  }
  void refused_report(const std::string& who, const std::string& why) override {
    control_.post([this, who, why] { node_.refused_report(who, why); });
  }
  void refused_observations(const std::string& region, const std::string& why) override {
    control_.post([this, region, why] { node_.refused_observations(region, why); });
  }
  void refused_order(const std::string& who, const std::string& what, const std::string& why) override {
    control_.post([this, who, what, why] { node_.refused_order(who, what, why); });
  }
  bool ready() override { return control_.call([this] { return node_.ready_; }).value_or(false); }

  Result<admin::ReloadReply> reload() override {
    // The load runs in the thread pool and ends on the control thread, long after the call that starts it.
    return await<admin::ReloadReply>(
        [this](Promised<admin::ReloadReply> done) {
          node_.reloader_->start([this, done](const Load& load) {
            done->set_value({node_.config_status_.last_reload_ok, load.problems.to_text(), load.took});
          });
        },
        admin::kLongestLoad,
        {.stopped = "the node stopped before the load ended", .late = "the load has not ended within 5 minutes: isochrone status tells how it ends"});
  }

 private:
  template <typename Reply>
  using Promised = std::shared_ptr<std::promise<Reply>>;

  // Why what was begun has no outcome.
  struct Whys {
    const char *stopped, *late;
  };

  // In a cluster it ends when etcd has answered.
  Result<admin::DrainReply> drain(const admin::DrainRequest& request, bool set) {
    return flatten(await<Result<admin::DrainReply>>(
        [this, request, set](Promised<Result<admin::DrainReply>> done) {
          node_.drain(request, set, [done](Result<admin::DrainReply> result) { done->set_value(std::move(result)); });
        },
        kLongestDrain,
        {.stopped = "not known to be done: the node stopped before etcd answered", .late = "not known to be done: no answer within 15 s"}));
  }

  // `begin`, on the control thread, hands the promise to what will keep it. Only that holds it: where the node drops what was
  // begun, as it does when it stops, the promise is broken and the waiting over.
  template <typename Reply>
  Result<Reply> await(std::function<void(Promised<Reply>)> begin, Duration patience, Whys whys) {
    auto done = std::make_shared<std::promise<Reply>>();
    auto reply = done->get_future();
    const bool posted = control_.post([begin = std::move(begin), done = std::move(done)]() mutable { begin(std::move(done)); });
    if (!posted) return fail(kBusy);
    if (reply.wait_for(patience) != std::future_status::ready) return fail(whys.late);
    try {
      return reply.get();
    } catch (const std::future_error&) {
      return fail(whys.stopped);
    }
  }

  template <typename F>
  auto ask(F f) -> Result<decltype(f())> {
    auto answer = control_.call(std::move(f));
    if (!answer) return fail(kBusy);
    return std::move(*answer);
  }
  template <typename T>
  static Result<T> flatten(Result<Result<T>> nested) {
    if (!nested) return tl::unexpected(nested.error());
    return std::move(*nested);
  }

  Node& node_;
  loop::ControlQueue& control_;
  std::mutex probing_;
};

std::unique_ptr<admin::Backend> make_backend(Node& node, loop::ControlQueue& control) {
  return std::make_unique<NodeBackend>(node, control);
}

}  // namespace isochrone::node
