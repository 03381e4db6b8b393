#include "node/node.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "node/backend.h"
#include "node/clock.h"
#include "node/configured.h"
#include "node/cookie_secrets.h"
#include "node/last_good.h"
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

std::vector<std::string> watched(const config::NodeConfig& config, const config::World& world) {
  std::vector<std::string> paths{config.cookie_secrets};
  if (!config.cluster) {  // a revision's files are never written again
    paths.insert(paths.end(), world.files.begin(), world.files.end());
    paths.insert(paths.end(), {config.zones_dir, config.probes_dir});
  }
  std::erase(paths, "");
  return paths;
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
  started_ = now();
  const int open_files = raise_open_files();
  control_.emplace(&loop_);
  keeper_.emplace(&loop_, config_.state_dir, [this] { measures_.state_write_failed(); });
  if (const Status prepared = keeper_->prepare(); !prepared) return prepared;
  drains_ = keeper_->load_drains();
  serials_ = keeper_->load_serials();
  drains_.expire(unix_now());

  flush_.emplace(&loop_, [this] { health_moved(); });
  save_soon_.emplace(&loop_, [this] { keeper_->save_health_soon(health_.save(now())); });
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
                       publisher_->set_predicted(prediction.rows, now());
                       take_prediction(std::move(prediction));
                       observatory_->moved();
                       merge_scopes_again();
                     });
  merger_.emplace(&loop_, [this] { return publisher_->snapshot().steering; },
                  [this](const MergedFor& merged) {
                    take_scopes(merged);
                    merge_scopes_again();
                  });
  watcher_.emplace(&loop_, [this] { reloader_->start(); });
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
    publisher_->note_ages(now(), static_cast<uint32_t>(unix_now()));
    publisher_->collect();
  });
  housekeeping_->every(kHousekeeping);
  save_.emplace(&loop_, [this] { keeper_->save_health_soon(health_.save(now())); });
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
  log::info("ready", {{"node", config_.node}, {"took", to_text(now() - started_)}});
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

void Node::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  log::info("stopping");
  notify("STOPPING=1");
  stop();
}

void Node::stop() {
  if (!control_) return;
  ready_ = false;
  // Admin threads wait for the control thread; they are let go before their server is joined.
  control_->close();
  admin_.reset();
  net_.reset();
  if (query_log_) query_log_->write();
  if (publisher_) keeper_->save_health_now(health_.save(now()));
  if (observations_moved_) keeper_->save_observations_now(ledger_.save(now()));
  cluster_.reset();
  prober_.reset();
  predictor_.reset();
  merger_.reset();
  observatory_.reset();
  watcher_.reset();
  reloader_.reset();
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

// The files, or where they are bad what the last good load left in `state`; of a cluster's node the revision.
Result<Load> Node::load_some() {
  if (config_.cluster)
    if (const Status found = find_revision(); !found) return tl::unexpected(found.error());
  Load first = load(config_, serials_);
  config_status_.last_reload_ok = first.world != nullptr;
  if (first.world) return first;
  const Problems problems = first.problems;
  config_status_.error = problems.to_text();
  config_status_.failed_reloads++;
  if (config_.cluster) return fail(problems.to_text() + "nothing to serve: this node cannot load the cluster's revision");
  first = load(config_, serials_, last_good_root(config_.state_dir));
  if (!first.world) return fail(problems.to_text() + "nothing to serve: the files are bad, and no good load is kept in state");
  config_status_.from_last_good = true;
  log::error("serving the last good load, the files are bad", {{"problems", problems.to_text()}});
  return first;
}

Status Node::load_first() {
  auto loaded = load_some();
  if (!loaded) return tl::unexpected(loaded.error());
  Load first = std::move(*loaded);
  if (!config_status_.from_last_good && first.problems.warnings() != 0)
    log::warning("configuration has warnings", {{"warnings", first.problems.to_text()}});
  auto secrets = settings();
  // In the state folder they are ours: like other state, not worth a server that does not start.
  if (!secrets && config_.cookie_secrets.starts_with(config_.state_dir + "/")) {
    keeper_->set_aside(config_.cookie_secrets, secrets.error().text);
    secrets = settings();
  }
  if (!secrets) return tl::unexpected(secrets.error());

  const Time at = now();
  health_.configure(std::make_shared<const health::Plan>(first.world->plan), names_of(first.world->vantages),
                    first.world->steering, at, weights_of(first.world->vantages));
  receipts_.configure(first.world->plan);
  if (const auto kept = keeper_->load_health()) health_.restore(kept->state, kept->downtime, at);
  restore_observations(*first.world, at);
  health::Ledger::Networks networks = ledger_.networks();
  const auto map = woven(*first.world, std::move(networks.list));
  ledger_.woven(networks.number);
  publisher_.emplace(first.world, map, *secrets, health_, ledger_, drains_, counters_, at);
  observatory_.emplace(&loop_, ledger_, *publisher_, [this] { merge_scopes_again(); });
  // The first query is to be answered as the next one will be.
  Prediction prediction = predict_rows(prediction_input());
  if (prediction.rows) publisher_->set_predicted(prediction.rows, at);
  take_prediction(std::move(prediction));
  take_scopes(merged_for(publisher_->snapshot().steering));
  measures_.reload(first.took);
  loaded_at_ = at;
  config_status_.reloads += !config_status_.from_last_good;
  config_status_.warnings = first.problems.warnings();
  keeper_->save_serials(serials_);
  prober_->set_plan(std::make_shared<const health::Plan>(measures() ? first.world->plan : health::Plan{}));
  std::vector<std::string> paths = watched(config_, *first.world);
  watcher_->watch(paths, config_status_.from_last_good ? first.began + 1 : first.began);
  health_moved();
  if (config_.cluster) {
    keep_served_revision();
  } else if (!config_status_.from_last_good) {
    keeper_->note("last good load", keep_last_good(config_.state_dir, first.world->files, first.world->digest));
  }
  return {};
}

Result<answer::Settings> Node::settings() {
  answer::Settings settings;
  settings.nsid = config_.nsid;
  settings.max_udp_payload = config_.max_udp_payload;
  settings.tcp_keepalive = static_cast<uint16_t>(config_.tcp_idle / 100ms);
  auto secrets = read_or_make_cookie_secrets(config_.cookie_secrets, unkept_secret_);
  if (!secrets) return tl::unexpected(secrets.error());
  keeper_->note("cookie secret", secrets->kept);
  unkept_secret_.reset();
  if (!secrets->kept) unkept_secret_ = secrets->secrets.front();
  settings.cookies = std::move(secrets->secrets);
  return settings;
}

// What could not be written to the state folder, or made in it, is tried again.
void Node::mend_state() {
  keeper_->note("admin.sock", admin_->open_socket());
  if (keeper_->is_well()) return;
  keeper_->retry();
  if (config_.cluster && keeper_->is_unsaved("revision")) keep_served_revision();
  keeper_->save_health_soon(health_.save(now()));
  // A load does the rest, when smaller things could be written: it costs, and changes nothing where the files are the same.
  const bool is_worth_a_load = unkept_secret_ || keeper_->is_all_that_is_unsaved("last good load");
  if (is_worth_a_load && !reloader_->busy()) reloader_->start();
}

void Node::loaded(const Load& load) {
  if (next_revision_) try_next_->once(Duration::zero());
  measures_.reload(load.took);
  if (!load.world) {
    config_status_.last_reload_ok = false;
    config_status_.failed_reloads++;
    config_status_.error = load.problems.to_text();
    log::error("reload refused, nothing changed", {{"problems", config_status_.error}});
    // What is watched stays: the files that were read, and those whose mending is waited for.
    return;
  }
  const auto changed_settings = settings();
  if (!changed_settings) {
    config_status_.last_reload_ok = false;
    config_status_.failed_reloads++;
    config_status_.error = changed_settings.error().text + "\n";
    log::error("reload refused, nothing changed", {{"problems", config_status_.error}});
    return;
  }
  config_status_.last_reload_ok = true;
  config_status_.from_last_good = false;
  config_status_.reloads++;
  config_status_.error.clear();
  config_status_.warnings = load.problems.warnings();
  keeper_->note("last good load", load.kept);
  publisher_->set_settings(*changed_settings, now());
  if (load.world->digest != publisher_->world().digest) adopt(load);
  else loaded_at_ = now();
  watcher_->watch(watched(config_, *load.world), load.began);
}

PredictionInput Node::prediction_input() const {
  const steer::Steering& steering = publisher_->snapshot().steering;
  return {publisher_->shared_world(), steering.regions, steering.vantages, steering.rows_v4, steering.rows_v6};
}

void Node::take_prediction(Prediction prediction) {
  using predict::Fallback;
  const predict::Report& report = prediction.report;
  const bool news = prediction.rows && (!prediction_.rows || prediction_.report.fallback != report.fallback);
  if (news && report.fallback != Fallback::None)
    log::warning("prediction is by distance alone", {{"reason", std::string(predict::to_text(report.fallback))}});
  else if (news)
    log::info("prediction fitted", {{"observations", std::to_string(report.observations)},
                                    {"took", to_text(prediction.took)},
                                    {"typical-error", fmt::format("{:.1f}ms", report.held_out_error_ms)}});
  prediction_ = std::move(prediction);
}

void Node::adopt(const Load& load) {
  const Time at = now();
  const auto plan = std::make_shared<const health::Plan>(load.world->plan);
  // Health first: the publisher asks it about the new targets by their new numbers.
  health_.configure(plan, names_of(load.world->vantages), load.world->steering, at, weights_of(load.world->vantages));
  health_.take_changes();
  receipts_.configure(*plan);
  ledger_.configure(load.world->regions, load.world->steering);
  ledger_.woven(load.networks);
  publisher_->load(load.world, load.map, load.prediction.rows, at);
  take_prediction(load.prediction);
  prober_->set_plan(measures() ? plan : std::make_shared<const health::Plan>());
  journal_.note_all_pools(*publisher_);
  loaded_at_ = at;
  keeper_->save_serials(serials_);
  log::info("configuration loaded", {{"took", to_text(load.took)},
                                     {"zones", std::to_string(load.world->zones.zones().size())},
                                     {"pools", std::to_string(load.world->pools.size())},
                                     {"warnings", std::to_string(load.problems.warnings())}});
  if (load.problems.warnings() != 0) log::warning("configuration has warnings", {{"warnings", load.problems.to_text()}});
  health_moved();
}

void Node::outcome(const health::Outcome& outcome) {
  const config::World& world = publisher_->world();
  const health::Target& target = world.plan.targets[outcome.target];
  measures_.probe(outcome, target.region == steer::kNoRegion ? "" : world.regions[target.region].name);
  health_.record(outcome.target, outcome, now());
  receipts_.add(outcome.target, outcome, now());
  // Outcomes that come in one turn of the loop are published together.
  if (!flush_->running()) flush_->once(Duration::zero());
}

void Node::health_moved() {
  const Time at = now();
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

void Node::restore_observations(const config::World& world, Time now) {
  ledger_.configure(world.regions, world.steering);
  if (!config::is_observed(config_)) return;
  if (const auto kept = keeper_->load_observations()) ledger_.restore(kept->cells, kept->downtime, now);
}

void Node::care_for_observations() {
  ledger_.touch_all();
  observatory_->moved();
  // Ages go on of themselves.
  if (observations_moved_) keeper_->save_observations_soon(ledger_.save(now()));
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
  publisher_->take_scopes(merged.steering, merged.scopes, now());
}

void Node::merge_scopes_again() {
  if (publisher_->wants_scopes()) merger_->moved();
}

void Node::note_failovers(const std::vector<Publisher::Rebuilt>& rebuilt) {
  for (const Failover& failover : failovers_.note(rebuilt, health_, *publisher_, now())) {
    measures_.failover(failover.took, failover.limit);
    journal_.note(failover);
  }
}

void Node::reopen_query_log() {
  if (!query_log_) return;
  if (const Status opened = query_log_->reopen(); !opened) log::error("the query log goes on in the old file", {{"fault", opened.error().text}});
}

void Node::expire_drains() {
  const std::vector<Drain> ended = drains_.expire(unix_now());
  if (ended.empty()) return;
  if (cluster_)
    for (const Drain& drain : ended) cluster_->remove_drain(drain, [](const Status&) {});
  for (const Drain& drain : ended) log::info("drain expired", {{"target", drain.target()}, {"reason", drain.reason}});
  drains_changed();
}

void Node::drains_changed() {
  publisher_->apply_drains(now());
  journal_.note_all_pools(*publisher_);
  keeper_->save_drains(drains_);
  merge_scopes_again();
}

}  // namespace isochrone::node
