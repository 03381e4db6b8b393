#pragma once
// Rows for the places that nobody measured, worked out off the control thread and refitted when what is measured moves.
//
//   World (tables' rows, places, regions) ─┐
//   Health (vantages' held rows)          ─┴─► fit ─► steer::Predicted ─► Publisher
//
// What a refit learns from are *held* estimates, which are calm; so predictions move when paths do, not with every probe.

#include <uv.h>

#include <functional>
#include <memory>
#include <string>

#include "config/model.h"
#include "loop/background.h"
#include "loop/timer.h"
#include "predict/model.h"
#include "steer/steer.h"

namespace isochrone::node {

struct Prediction {
  std::shared_ptr<const config::World> world;    // whose map's questions the rows answer
  std::shared_ptr<const steer::Predicted> rows;  // null: nothing was asked
  predict::Report report;
  Duration took{};
};

// Everything that a fit looks at: values and what is never written again, so that any thread can.
struct PredictionInput {
  std::shared_ptr<const config::World> world;
  // What vantages measure, in the numbers of the configuration being served, which may be another than `world`: names
  // tell who and where.
  std::shared_ptr<const std::vector<steer::Region>> regions;
  std::shared_ptr<const std::vector<std::string>> vantages;
  steer::LiveRows v4, v6;
};

// Pure but for its clock. A vantage that has measured IPv4 teaches with that, else with IPv6.
Prediction predict_rows(const PredictionInput& input);

class Predictor {
 public:
  // `input` is asked on the loop where a fit begins; `done` is called there when it has ended.
  Predictor(uv_loop_t* loop, std::function<PredictionInput()> input, std::function<void(Prediction)> done);

  // What is measured has moved: a fit within kPace, and never more than a tenth of the time is spent on them.
  void moved();

 private:
  struct Work {
    PredictionInput input;
    Prediction result;
  };
  static constexpr Duration kPace = 3s;
  void run();
  void ended(Prediction prediction);

  std::function<PredictionInput()> input_;
  std::function<void(Prediction)> done_;
  loop::Background<Work> work_;
  loop::Timer timer_;
  bool moved_ = false;
  Duration last_took_{};
};

}  // namespace isochrone::node
