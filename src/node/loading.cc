// From files to what is served: the first load, and each one after it.

#include <fmt/format.h>

#include "loop/clock.h"
#include "node/configured.h"
#include "node/cookie_secrets.h"
#include "node/last_good.h"
#include "node/node.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

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
  const auto began = first.began;
  first = load(config_, serials_, last_good_root(config_.state_dir));
  first.began = began;  // what is mended from then on is news
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

  const Time at = loop::now();
  health_.configure(std::make_shared<const health::Plan>(first.world->plan), names_of(first.world->vantages),
                    first.world->steering, at, weights_of(first.world->vantages));
  receipts_.configure(first.world->plan);
  const auto kept = keeper_->load_health();
  if (kept) {
    health_.restore(kept->state, kept->downtime, at);
    receipts_.restore(kept->state, first.world->vantages.front().name, kept->downtime, first.world->steering.max_age, at);
  }
  restore_observations(*first.world, at);
  health::Ledger::Networks networks = ledger_.networks();
  const auto map = woven(*first.world, std::move(networks.list));
  ledger_.woven(networks.number);
  publisher_.emplace(first.world, map, *secrets, health_, ledger_, drains_, counters_, at);
  if (kept) publisher_->restore_reliefs(kept->state.reliefs, kept->downtime, at);
  observatory_.emplace(&loop_, ledger_, *publisher_, [this] { merge_scopes_again(); });
  // The first query is to be answered as the next one will be.
  Prediction prediction = predict_rows(prediction_input());
  if (prediction.rows) publisher_->set_predicted(prediction.rows, at);
  take_prediction(std::move(prediction));
  take_scopes(merger_->merge_first());
  measures_.reload(first.took);
  loaded_at_ = at;
  config_status_.reloads += !config_status_.from_last_good;
  config_status_.warnings = first.problems.warnings();
  keeper_->save_serials(serials_);
  prober_->set_plan(std::make_shared<const health::Plan>(measures() ? first.world->plan : health::Plan{}));
  std::vector<std::string> paths = watched(config_, *first.world);
  watcher_->watch(paths, first.began);
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
  keeper_->save_health_soon(saved_health());
  // A load does the rest, when smaller things could be written: where the files are the same it is a reading of them.
  const bool is_worth_a_load = unkept_secret_ || keeper_->is_all_that_is_unsaved("last good load");
  if (is_worth_a_load && !reloader_->busy()) reloader_->start_if_changed();
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
  if (load.world != publisher_->shared_world()) config_status_.warnings = load.problems.warnings();
  keeper_->note("last good load", load.kept);
  publisher_->set_settings(*changed_settings, loop::now());
  if (load.world->digest != publisher_->world().digest) adopt(load);
  else loaded_at_ = loop::now();
  watcher_->watch(watched(config_, *load.world), load.began);
}

PredictionInput Node::prediction_input() const {
  const steer::Steering& steering = publisher_->snapshot().steering;
  return {publisher_->shared_world(), steering.regions, steering.vantages, steering.rows_v4, steering.rows_v6,
          ledger_.lessons(), ledger_.lessons_number()};
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
  const Time at = loop::now();
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

}  // namespace isochrone::node
