#pragma once
// Which parameters, and which measurements believed: several fits, and of them the one that predicts rows left out best.
//
//   Observations ─► learn: the most probable parameters ─► doubted, where that pays ─► bolder, where that pays

#include <optional>
#include <vector>

#include "predict/held_out.h"
#include "predict/learning.h"
#include "predict/observations.h"

namespace isochrone::predict {

struct Fitting {
  std::vector<Sample> samples;    // in the order of Observations::list, as far as they are believed
  Hyper hyper;
  Eigen::MatrixXd similarity;     // of the places
  std::optional<Solved> solved;   // nothing: the numbers are hopeless
  HeldOut held_out;
};

// With the most probable parameters, learnt from at most `max_learning` samples, and everything believed.
Fitting likeliest_fitting(const Observations& seen, const Chords& chords, size_t max_learning);

// The best of that one and those that doubt or are bolder. Deterministic.
Fitting best_fitting(const Observations& seen, size_t max_learning);

}  // namespace isochrone::predict
