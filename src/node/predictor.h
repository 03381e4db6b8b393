#pragma once
// Rows for the places that nobody measured, worked out off the control thread and refitted when what is measured moves.
//
//   World (tables' rows, places, regions) ─┐
//   Health (vantages' held rows)          ─┼─► fit ─► steer::Predicted ─► Publisher
//   Ledger (what gateways see)            ─┘
//
// What a refit learns from are *held* figures, which are calm; so predictions move when paths do, not with every probe.
// Of the ledger it is what gateways saw and never a correction, which was found against a prediction: nothing goes round.

#include <uv.h>

#include <functional>
#include <memory>
#include <string>

#include "config/model.h"
#include "health/ledger.h"
#include "loop/background.h"
#include "loop/timer.h"
#include "predict/model.h"
#include "steer/steer.h"

namespace isochrone::node {

struct Prediction {
  std::shared_ptr<const config::World> world;    // whose map's questions the rows answer
  std::shared_ptr<const steer::Predicted> rows;  // null: nothing was asked
  predict::Report report;
  uint32_t clipped = 0;                          // cells of rows that gateways' networks would have moved further than they may
  uint64_t lessons_number = 0;                   // of PredictionInput
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
  std::vector<health::Lesson> lessons;  // their regions are those of `regions`
  uint64_t lessons_number = 0;          // the ledger's
};

// Pure but for its clock. A vantage that has measured IPv4 teaches with that, else with IPv6. A network that gateways see
// teaches where the configuration has one place for all of it.
Prediction predict_rows(const PredictionInput& input);

class Predictor {
 public:
  // `input` is asked on the loop where a fit begins; `done` is called there when it has ended.
  Predictor(uv_loop_t* loop, std::function<PredictionInput()> input, std::function<void(Prediction)> done);

  // What vantages measure has moved: a fit within kPace, and never more than a tenth of the time is spent on them.
  void moved();
  // What gateways see has: never more than a hundredth of the time.
  void lessons_moved();

 private:
  struct Work {
    PredictionInput input;
    Prediction result;
  };
  static constexpr Duration kPace = 3s;
  void run();
  void fit_after(int rests);
  void ended(Prediction prediction);

  std::function<PredictionInput()> input_;
  std::function<void(Prediction)> done_;
  loop::Background<Work> work_;
  loop::Timer timer_;
  bool moved_ = false, lessons_moved_ = false;
  Time due_{};  // while the timer runs
  Duration last_took_{};
};

}  // namespace isochrone::node
