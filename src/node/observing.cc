#include "node/observing.h"

#include <uv.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "cluster/etcd_way.h"
#include "loop/clock.h"
#include "loop/timer.h"
#include "node/own_loop.h"
#include "probe/client_sketches.h"
#include "probe/observation_sender.h"
#include "probe/tcp_diag.h"
#include "sync/keys.h"
#include "sync/recent_observations.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

// A connection shorter than this is seen by chance; the chance is the same for every network.
constexpr Duration kObserveEvery = 1s;
constexpr Duration kTellEvery = 10s;

class Observing {
 public:
  Observing(uv_loop_t* loop, const config::NodeConfig& config, probe::TcpDiag diag)
      : ports_(config.observe.ports),
        diag_(std::move(diag)),
        sender_(loop, {.region = config.observe.region, .nodes = config.report}),
        look_(loop, [this] { look(); }),
        report_(loop, [this] { report(); }) {
    if (config.cluster)
      etcd_.emplace(loop, *config.cluster, sync::Keys(config.cluster->name).observed(config.observe.region, config.node),
                    [this] { return value(); }, [this] { told_ = std::max(told_, putting_); }, [this](bool takes) { changed(takes); });
    look();
    look_.every(kObserveEvery);
    report_.every(kTellEvery);
  }

 private:
  void look() {
    const Time at = loop::now();
    sketches_.begin();
    const Status looked = diag_.look(ports_, [&](const probe::SeenConnection& connection) { sketches_.note(connection, at); });
    // What was not seen in a look that was cut short may still be there.
    if (looked) sketches_.end();
    const std::string fault = looked ? "" : looked.error().text;
    if (fault == fault_) return;
    if (fault.empty()) log::info("connections can be looked at again");
    else log::warning("connections cannot be looked at", {{"fault", fault}});
    fault_ = fault;
  }

  void report() {
    health::ObservationReport window = sender_.number(sketches_.take(loop::now()), sketches_.forgotten());
    if (!etcd_ || !etcd_->takes()) tell_nodes(window, loop::now());
    newest_ = window.sequence;
    if (etcd_) {
      recent_.add(std::move(window), loop::now());
      etcd_->write();
    }
    say_once(sketches_.forgotten(), said_forgotten_, "more client networks than there is room for: the least seen are forgotten");
    say_once(sketches_.not_looked_at(), said_not_looked_at_, "more connections than there is room for: the others are not looked at");
  }

  std::string value() {
    putting_ = newest_;
    return recent_.value(loop::now());
  }

  void tell_nodes(const health::ObservationReport& window, Time as_of) {
    told_ = window.sequence;
    sender_.send(window, as_of);
  }

  // What etcd may not have taken goes to the nodes.
  void changed(bool takes) {
    if (takes) return;
    for (const auto& window : recent_.since(told_, loop::now())) tell_nodes(window, loop::now());
  }

  static void say_once(uint64_t count, bool& said, const char* what) {
    if (count != 0 && !std::exchange(said, true)) log::warning(what);
  }

  std::vector<uint16_t> ports_;
  probe::TcpDiag diag_;
  probe::ClientSketches sketches_;
  probe::ObservationSender sender_;
  sync::RecentObservations recent_;
  // Windows: the last one; the last in the put under way; the last that etcd took, or that is on its way to nodes.
  uint64_t newest_ = 0, putting_ = 0, told_ = 0;
  std::optional<cluster::EtcdWay> etcd_;
  std::string fault_;
  bool said_forgotten_ = false, said_not_looked_at_ = false;
  loop::Timer look_, report_;
};

}  // namespace

int run_observer(const config::NodeConfig& config) {
  auto diag = probe::TcpDiag::open();
  // Told at the start where the kernel has no sock_diag, or a sandbox keeps us from it.
  const Status looked = diag ? diag->look(config.observe.ports, [](const probe::SeenConnection&) {}) : tl::unexpected(diag.error());
  if (!looked) {
    std::cerr << "connections cannot be looked at: " << looked.error().text << "\n";
    return 2;
  }
  run_until_stopped([&](uv_loop_t* loop) {
    auto observing = std::make_unique<Observing>(loop, config, std::move(*diag));
    log::info("observing", {{"region", config.observe.region}});
    return observing;
  });
  return 0;
}

}  // namespace isochrone::node
