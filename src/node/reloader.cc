#include "node/reloader.h"

#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "config/load.h"
#include "loop/clock.h"
#include "node/last_good.h"
#include "node/last_written.h"
#include "node/observatory.h"

namespace isochrone::node {

namespace {

constexpr int kMostTries = 3;

// Some of `files` was written to at `began` or later: what was read may be half of it. The next load tells.
bool any_written_since(const std::vector<std::string>& files, std::chrono::system_clock::time_point began) {
  for (const std::string& file : files) {
    struct stat info {};
    if (stat(file.c_str(), &info) != 0 || last_written(info) >= began) return true;
  }
  return false;
}

}  // namespace

Load load(const config::NodeConfig& config, sync::Serials& serials, const std::string& root) {
  Load out;
  const Time start = loop::now();
  out.began = std::chrono::system_clock::now();
  out.world = config::load_world(config, out.problems,
                                 [&](std::string_view zone, uint32_t in_file, uint64_t made) {
                                   return serials.serve(std::string(zone), in_file, made);
                                 },
                                 root.empty() ? config.revision_root : root);
  if (config::has_changed(config))
    out.problems.warn({config.file}, "", "has changed since this node started", "it is read at a start only: restart the node");
  out.took = loop::now() - start;
  return out;
}

Reloader::Reloader(uv_loop_t* loop, const config::NodeConfig& config, sync::Serials& serials, health::Ledger& ledger,
                   std::function<PredictionInput()> measured, std::function<void(const Load&)> done)
    : config_(config),
      serials_(serials),
      ledger_(ledger),
      measured_(std::move(measured)),
      done_(std::move(done)),
      work_(loop, load_where_needed, [this](Work& work) { ended(work); }) {}

void Reloader::start(std::function<void(const Load&)> then) {
  if (then) waiting_.push_back(std::move(then));
  asked_ = true;
  start_if_changed();
}

void Reloader::start_if_changed() {
  if (work_.busy()) again_ = true;
  else run();
}

void Reloader::run() {
  again_ = false;
  then_ = std::exchange(waiting_, {});
  work_.start({config_, !std::exchange(asked_, false), serials_, {}, measured_(), ledger_.networks(), {}});
}

void Reloader::load_where_needed(Work& work) {
  if (!work.if_changed || !stays(work)) load_until_quiet(work);
  if (!work.result.world || !work.config.revision_root.empty()) return;
  work.result.kept = keep_last_good(work.config.state_dir, work.result.world->files, work.result.world->digest);
}

// A file as young as its load is looked at a second time, and what was only touched is as it was: nothing is built for these.
bool Reloader::stays(Work& work) {
  const Time start = loop::now();
  const auto began = std::chrono::system_clock::now();
  if (config::has_changed(work.config) || config::has_changed(work.config, *work.measured.world)) return false;
  work.after = work.before;
  work.result.world = work.measured.world;
  work.result.began = began;
  work.result.took = loop::now() - start;
  return true;
}

// Again where somebody wrote meanwhile.
void Reloader::load_until_quiet(Work& work) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const auto began = std::chrono::system_clock::now();
    work.result = {};  // a world that is not to be served goes before the next is built
    sync::Serials serials = work.before;
    work.result = load(work.config, serials);
    work.after = std::move(serials);
    // A revision's files are written before they are read, and never again.
    if (!work.result.world || !work.config.revision_root.empty() || !any_written_since(work.result.world->files, began)) break;
  }
  if (!work.result.world) return;
  // With the map's new questions come their answers, so that no client falls back on the median in between.
  work.measured.world = work.result.world;
  work.result.prediction = predict_rows(work.measured);
  work.result.map = woven(*work.result.world, std::move(work.networks.list));
  work.result.networks = work.networks.number;
}

void Reloader::ended(Work& work) {
  if (work.result.world) serials_ = work.after;
  const auto waited = std::exchange(then_, {});
  done_(work.result);
  for (const auto& then : waited) then(work.result);
  if (again_) run();
}

}  // namespace isochrone::node
