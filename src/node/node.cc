#include "node/node.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "loop/clock.h"
#include "node/backend.h"
#include "node/notify.h"
#include "node/open_files.h"
#include "node/probe_once.h"
#include "util/log.h"
#include "util/random_run.h"

namespace isochrone::node {

namespace {

constexpr Duration kHousekeeping = 1s;
constexpr Duration kSaveEvery = 30s;
constexpr Duration kCareEvery = 60s;  // what gateways observe is saved, and what is too old let go
constexpr Duration kSaveChanges = 1s;  // a verdict is on disk so soon after it changed: a kill must not forget it
constexpr Duration kMendEvery = 3s;    // a disk that was full is tried again
constexpr Duration kLongestGoodbye = 2s;  // for the thread pool to end what it is at: writes of milliseconds, or a load that nobody wants
constexpr Duration kWriteQueries = 100ms;  // a worker's ring holds 1,024: enough for 10,000 logged queries a second

net::ServerConfig listening(const config::NodeConfig& config) {
  net::ServerConfig out;
  out.listen = config.listen;
  out.udp_workers = out.tcp_workers = config.workers;
  out.tcp.idle = config.tcp_idle;
  if (config.tcp_clients) out.tcp.clients = config.tcp_clients;
  if (config.tcp_clients_per_address) out.tcp.clients_per_address = config.tcp_clients_per_address;
  return out;
}

}  // namespace

Node::Node(config::NodeConfig config)
    : config_(std::move(config)),
      counters_(config_.query_log.file.empty() ? 0 : config_.query_log.sample),
      health_(health::HealthConfig{random_run()}),
      receipts_(static_cast<size_t>(config_.receipts)) {
  uv_loop_init(&loop_);
}

Node::~Node() {
  stop();
  // Handles are freed in their close callbacks, which run here.
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

Status Node::start() {
  started_ = loop::now();
  const int open_files = raise_open_files();
  control_.emplace(&loop_);
  keeper_.emplace(&loop_, config_.state_dir, [this] { measures_.state_write_failed(); });
  if (const Status prepared = keeper_->prepare(); !prepared) return prepared;
  drains_ = keeper_->load_drains();
  serials_ = keeper_->load_serials();
  drains_.expire(loop::unix_now());

  flush_.emplace(&loop_, [this] { health_moved(); });
  save_soon_.emplace(&loop_, [this] { keeper_->save_health_soon(saved_health()); });
  tick_.emplace(&loop_, [this] { health_moved(); });
  prober_.emplace(&loop_, prober_config(config_),
                  probe::ProberCallbacks{.on_outcome = [this](const health::Outcome& o) { outcome(o); },
                                         .pace = [this](health::TargetId t) { return health_.next_delay(t); }});
  reloader_.emplace(&loop_, config_, serials_, ledger_, [this] { return prediction_input(); },
                    [this](const Load& load) { loaded(load); });
  predictor_.emplace(&loop_, [this] { return prediction_input(); },
                     [this](Prediction prediction) {
                       // A reload came between: its own prediction is served.
                       if (prediction.world != publisher_->shared_world()) return predictor_->moved();
                       publisher_->set_predicted(prediction.rows, loop::now());
                       take_prediction(std::move(prediction));
                       observatory_->moved();
                       merge_scopes_again();
                     });
  merger_.emplace(&loop_, [this] { return publisher_->snapshot().steering; },
                  [this](const MergedFor& merged) {
                    take_scopes(merged);
                    merge_scopes_again();
                  });
  watcher_.emplace(&loop_, [this] { reloader_->start_if_changed(); });
  if (const Status first = load_first(); !first) return first;

  if (!config_.query_log.file.empty()) {
    query_log_.emplace(config_.query_log.file, counters_);
    if (const Status opened = query_log_->reopen(); !opened) return opened;
    write_queries_.emplace(&loop_, [this] { query_log_->write(); });
    write_queries_->every(kWriteQueries);
  }
  heed_signals();  // whoever was answered once is answered until the stop
  net_.emplace(listening(config_), publisher_->published(), counters_);
  if (const Status listening = net_->start(); !listening) return listening;
  backend_ = make_backend(*this, *control_);
  admin_.emplace(config_.admin, config_.state_dir + "/admin.sock", *backend_);
  if (const Status listening = admin_->start(); !listening) return listening;
  keeper_->note("admin.sock", admin_->socket_status());
  if (config_.cluster) join_cluster();

  housekeeping_.emplace(&loop_, [this] {
    expire_drains();
    publisher_->note_ages(loop::now(), static_cast<uint32_t>(loop::unix_now()));
    publisher_->collect();
  });
  housekeeping_->every(kHousekeeping);
  save_.emplace(&loop_, [this] { keeper_->save_health_soon(saved_health()); });
  save_->every(kSaveEvery);
  care_.emplace(&loop_, [this] { care_for_observations(); });
  care_->every(kCareEvery);
  mend_.emplace(&loop_, [this] { mend_state(); });
  mend_->every(kMendEvery);
  ready_ = true;
  for (const auto& endpoint : net_->endpoints()) log::info("listening", {{"address", endpoint.to_text()}});
  if (config_.admin.listen)
    log::info("admin listening", {{"address", Endpoint{config_.admin.listen->address, static_cast<uint16_t>(admin_->port())}.to_text()}});
  const net::ServerConfig wanted = listening(config_);
  if (net_->tcp_clients() < wanted.tcp.clients)
    log::warning("fewer TCP clients than configured: the limit of open files is low",
                 {{"open_files", std::to_string(open_files)}, {"clients", std::to_string(net_->tcp_clients())},
                  {"configured", std::to_string(wanted.tcp.clients)}});
  log::info("ready", {{"node", config_.node}, {"took", to_text(loop::now() - started_)}});
  notify("READY=1");
  return {};
}

void Node::heed_signals() {
  on_term_.emplace(&loop_, SIGTERM, [this] { uv_stop(&loop_); });
  on_int_.emplace(&loop_, SIGINT, [this] { uv_stop(&loop_); });
  on_hup_.emplace(&loop_, SIGHUP, [this] {
    reopen_query_log();
    reloader_->start();
  });
}

bool Node::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  log::info("stopping");
  notify("STOPPING=1");
  stop();
  return is_idle_within(kLongestGoodbye);
}

// Handles are freed, and work of the thread pool ends.
bool Node::is_idle_within(Duration patience) {
  const Time until = loop::now() + patience;
  while (uv_run(&loop_, UV_RUN_NOWAIT) != 0) {
    if (loop::now() >= until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

void Node::stop() {
  if (!control_) return;
  ready_ = false;
  // Admin threads wait for the control thread, for a load, for etcd or for a gateway; they are let go before their server is joined.
  control_->close();
  stopping_.request_stop();
  reloader_.reset();
  cluster_.reset();
  admin_.reset();
  net_.reset();
  if (query_log_) query_log_->write();
  if (publisher_) keeper_->save_health_now(saved_health());
  if (observations_moved_) keeper_->save_observations_now(ledger_.save(loop::now()));
  prober_.reset();
  predictor_.reset();
  merger_.reset();
  observatory_.reset();
  watcher_.reset();
  keeper_.reset();
  tick_.reset();
  flush_.reset();
  housekeeping_.reset();
  save_.reset();
  save_soon_.reset();
  care_.reset();
  mend_.reset();
  write_queries_.reset();
  try_next_.reset();
  on_term_.reset();
  on_int_.reset();
  on_hup_.reset();
  // All that is left is to end: who asks for it again must not make a good end look like a bad one.
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_IGN);
  control_.reset();
}

void Node::outcome(const health::Outcome& outcome) {
  const config::World& world = publisher_->world();
  const health::Target& target = world.plan.targets[outcome.target];
  measures_.probe(outcome, target.region == steer::kNoRegion ? "" : world.regions[target.region].name);
  health_.record(outcome.target, outcome, loop::now());
  receipts_.add(outcome.target, outcome, loop::now());
  // Outcomes that come in one turn of the loop are published together.
  if (!flush_->running()) flush_->once(Duration::zero());
}

void Node::health_moved() {
  const Time at = loop::now();
  Time next = health_.tick(at);
  const health::Changes changes = health_.take_changes();
  note_failovers(publisher_->apply(changes, at));
  if (const auto step = publisher_->advance_sheds(at)) next = std::min(next, *step);
  if (prediction_.rows && !changes.rows.empty()) predictor_->moved();
  measures_.switches(changes.switches);
  journal_.note(changes, health_, *publisher_, at);
  if (!changes.targets.empty() && !save_soon_->running()) save_soon_->once(kSaveChanges);
  if (!changes.targets.empty() && cluster_) cluster_->verdicts_moved();
  observatory_->moved();
  merge_scopes_again();
  tick_->once(std::max<Duration>(next - at, 1ms));
}

health::SavedState Node::saved_health() const {
  health::SavedState state = health_.save(loop::now());
  state.reliefs = publisher_->save_reliefs(loop::now());
  receipts_.save(state, publisher_->world().vantages.front().name, loop::now());
  return state;
}

void Node::restore_observations(const config::World& world, Time now) {
  ledger_.configure(world.regions, world.steering);
  if (!config::is_observed(config_)) return;
  if (const auto kept = keeper_->load_observations()) ledger_.restore(kept->cells, kept->downtime, now);
}

void Node::note_lessons() {
  if (prediction_.rows && ledger_.lessons_number() != prediction_.lessons_number) predictor_->lessons_moved();
}

void Node::care_for_observations() {
  ledger_.touch_all();
  observatory_->moved();
  note_lessons();
  // Ages go on of themselves.
  if (observations_moved_) keeper_->save_observations_soon(ledger_.save(loop::now()));
  observations_moved_ = false;
  const auto columns = ledger_.columns();
  for (size_t r = 0; r < columns.size(); ++r) {
    const std::string& region = publisher_->world().regions[r].name;
    if (columns[r].clipped == 0) clipped_.erase(region);
    else if (clipped_.insert(region).second)
      log::warning("a region's gateways observe more than steering.correction lets them move",
                   {{"region", region}, {"networks", std::to_string(columns[r].clipped)}, {"of", std::to_string(columns[r].cells)}});
  }
}

void Node::take_scopes(const MergedFor& merged) {
  merge_took_ = merged.took;
  publisher_->take_scopes(merged.steering, merged.scopes, loop::now());
}

void Node::merge_scopes_again() {
  if (publisher_->wants_scopes()) merger_->moved();
}

void Node::note_failovers(const std::vector<Publisher::Rebuilt>& rebuilt) {
  for (const Failover& failover : failovers_.note(rebuilt, health_, *publisher_, loop::now())) {
    measures_.failover(failover.took, failover.limit);
    journal_.note(failover);
  }
}

void Node::reopen_query_log() {
  if (!query_log_) return;
  if (const Status opened = query_log_->reopen(); !opened) log::error("the query log goes on in the old file", {{"fault", opened.error().text}});
}

}  // namespace isochrone::node
