#pragma once
// Loads the configuration off the control thread, one load at a time, and keeps the books: which was good, which
// failed and why. A load that fails changes nothing.

#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/model.h"
#include "health/ledger.h"
#include "loop/background.h"
#include "node/predictor.h"
#include "sync/serials.h"
#include "util/problem.h"

namespace isochrone::node {

// One load, good (world is set) or bad.
struct Load {
  std::shared_ptr<const config::World> world;
  Problems problems;
  Duration took{};
  std::chrono::system_clock::time_point began;
  Prediction prediction;             // for that world; Reloader only
  std::shared_ptr<const steer::LatencyMap> map;  // of that world, with the networks that were observed; may be null; Reloader only
  uint64_t networks = 0;             // number of the ledger's list of them
  Status kept;                       // whether the last good load in `state` is this one; fine where that was not tried
};

// The code of start, reload and `check`. `root` is put before every path: "" for the operator's files, or of a cluster's
// node the revision's.
Load load(const config::NodeConfig& config, sync::Serials& serials, const std::string& root = {});

class Reloader {
 public:
  // `done` is called on the loop for every load that was asked for while another ran or alone.
  // `measured`: what a prediction is to be made from, asked on the loop where a load begins; its world is what is served.
  // `ledger`: asked for its networks there.
  Reloader(uv_loop_t* loop, const config::NodeConfig& config, sync::Serials& serials, health::Ledger& ledger,
           std::function<PredictionInput()> measured, std::function<void(const Load&)> done);

  // Starts a load, or another one after the load under way: what changed since it began must be seen. `then` is
  // called with the outcome, after `done`; it is destroyed uncalled where the reloader goes before that.
  void start(std::function<void(const Load&)> then = {});
  // The same where a load would be of other contents. Where it would not, `done` is called with the world that is served, and
  // without problems.
  void start_if_changed();
  bool busy() const { return work_.busy(); }

 private:
  struct Work {
    config::NodeConfig config;         // a copy: the thread must not look at ours
    bool if_changed = false;
    sync::Serials before, after;
    PredictionInput measured;
    health::Ledger::Networks networks;
    Load result;
  };
  static void load_where_needed(Work& work);
  static bool stays(Work& work);
  static void load_until_quiet(Work& work);
  void run();
  void ended(Work& work);

  const config::NodeConfig& config_;
  sync::Serials& serials_;
  health::Ledger& ledger_;
  std::function<PredictionInput()> measured_;
  std::function<void(const Load&)> done_;
  loop::Background<Work> work_;
  std::vector<std::function<void(const Load&)>> waiting_, then_;  // for the next load, for the one under way
  bool again_ = false, asked_ = false;  // asked_: the next one is to be a load in any case
};

}  // namespace isochrone::node
