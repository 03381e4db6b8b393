#pragma once
// One node put together. The control thread owns everything here but what workers and admin threads are handed.
//
//   files ─► Reloader ─► World ─┬────────────► Publisher ─► Published<Snapshot> ─► net: workers
//                               ├─► Prober ─► Health ─►┘  ▲
//   workers' reports ───────────┼──────────────►┘         │
//   gateways' observations ─────┼─► Ledger ─► Observatory ┤
//   operators' drains ──────────┼─────────────────────────┘
//   etcd ─► Cluster: revisions, other vantages' reports, drains; and back
//                               └─► Keeper: what survives a restart

#include <uv.h>

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "admin/backend.h"
#include "admin/server.h"
#include "answer/counter_table.h"
#include "cluster/cluster.h"
#include "config/model.h"
#include "health/health.h"
#include "health/ledger.h"
#include "health/observers.h"
#include "health/receipts.h"
#include "loop/control_queue.h"
#include "loop/signal.h"
#include "loop/timer.h"
#include "net/server.h"
#include "node/failovers.h"
#include "node/journal.h"
#include "node/keeper.h"
#include "node/measures.h"
#include "node/observatory.h"
#include "node/predictor.h"
#include "node/probe_now.h"
#include "node/publisher.h"
#include "node/query_log_writer.h"
#include "node/refusals.h"
#include "node/reloader.h"
#include "node/scope_merger.h"
#include "node/watcher.h"
#include "probe/prober.h"
#include "sync/drains.h"

namespace isochrone::node {

class Node {
 public:
  explicit Node(config::NodeConfig config);
  ~Node();
  Node(const Node&) = delete;

  // Loads, restores, listens. An Error says why this node cannot serve at all.
  Status start();
  // Runs the control loop until SIGTERM or SIGINT; every query received until then is answered, and what is to be kept is saved.
  // False: the thread pool is still at work, perhaps for minutes (a load of large tables). Nobody wants its outcome; ~Node would
  // wait for it.
  [[nodiscard]] bool run();

 private:
  friend class NodeBackend;

  Status load_first();
  Result<Load> load_some();
  Status find_revision();
  void use_revision(const cluster::Revision& revision);
  void try_revision(const cluster::Revision& revision);
  void keep_served_revision();
  void join_cluster();
  sync::NodeKey account() const;
  bool measures() const;
  Result<answer::Settings> settings();
  void mend_state();
  void loaded(const Load& load);
  void adopt(const Load& load);
  void take_prediction(Prediction prediction);
  PredictionInput prediction_input() const;
  void outcome(const health::Outcome& outcome);
  void health_moved();
  void note_failovers(const std::vector<Publisher::Rebuilt>& rebuilt);
  void reopen_query_log();
  void heed_signals();
  void expire_drains();
  void drains_changed();
  void merge_scopes_again();
  void take_scopes(const MergedFor& merged);
  health::SavedState saved_health() const;
  void restore_observations(const config::World& world, Time now);
  void note_lessons();
  void care_for_observations();
  void stop();
  bool is_idle_within(Duration patience);

  // For the admin threads, on the control thread.
  admin::StatusReport status() const;
  admin::MetricsSample metrics() const;
  admin::Explanation explain(const admin::ExplainRequest& request) const;
  Result<admin::ReceiptsReply> receipts(const std::string& asked) const;
  Result<NowPlan> plan_now(const std::string& asked) const;
  // `done` is called once, from here or later.
  void drain(const admin::DrainRequest& request, bool set, std::function<void(Result<admin::DrainReply>)> done);
  bool is_gateway_up(const config::Pool& pool, const config::Gateway& gateway) const;
  void take_drains(const sync::Drains& all);
  Result<health::Plan> plan_for(const std::string& vantage) const;
  Status take_report(const health::VantageReport& report, Duration age = {});
  Status take_observations(const health::ObservationReport& report);
  void refused_report(const std::string& who, const std::string& why);
  void refused_observations(const std::string& region, const std::string& why);
  void refused_order(const std::string& who, const std::string& what, const std::string& why);

  config::NodeConfig config_;
  uv_loop_t loop_;
  Time started_{};
  bool ready_ = false;
  std::stop_source stopping_;        // for what goes on in admin threads

  sync::Drains drains_;
  sync::Serials serials_;
  Measures measures_;
  Failovers failovers_;
  Journal journal_;
  Refusals refusals_, refused_orders_;
  answer::CounterTable counters_;
  health::Health health_;
  health::Receipts receipts_;
  health::Observers observers_;
  health::Ledger ledger_;
  bool observations_moved_ = false;  // since they were saved
  std::set<std::string> clipped_;    // regions whose gateways would move more than they may
  admin::ConfigStatus config_status_;
  Time loaded_at_{};
  std::optional<answer::CookieSecret> unkept_secret_;  // made by us, and not on disk yet

  std::optional<cluster::Revision> first_revision_;  // of a cluster: what this node started with
  std::optional<cluster::Revision> next_revision_;   // the newest that came while a load was under way

  std::optional<loop::ControlQueue> control_;
  std::optional<Keeper> keeper_;
  std::optional<Publisher> publisher_;
  std::optional<Reloader> reloader_;
  std::optional<Predictor> predictor_;
  Prediction prediction_;  // the one being served; its rows are the publisher's
  std::optional<ScopeMerger> merger_;
  std::optional<Observatory> observatory_;
  Duration merge_took_{};
  std::optional<Watcher> watcher_;
  std::optional<probe::Prober> prober_;
  std::optional<QueryLogWriter> query_log_;
  std::optional<loop::Timer> tick_, flush_, housekeeping_, save_, save_soon_, care_, mend_, write_queries_, try_next_;
  std::optional<loop::Signal> on_term_, on_int_, on_hup_;
  std::optional<cluster::Cluster> cluster_;
  std::unique_ptr<admin::Backend> backend_;
  std::optional<net::Server> net_;
  std::optional<admin::Server> admin_;
};

}  // namespace isochrone::node
