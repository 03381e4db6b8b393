#pragma once
// Hyper-parameters from the installation's own measurements: the most probable ones, given a broad prior.

#include <vector>

#include "predict/covariance.h"

namespace isochrone::predict {

struct Sample {
  Path path;
  double y = 0;          // the detour measured
  double repeats = 1;    // how often it was measured
  double precision = 1;  // its noise variance is divided by this: repeats, or less where it is doubted
};

// Searches from the prior's centre, one parameter after the other, with steps that grow where they pay and halve where
// they do not: deterministic, bounded in work, and never below the prior's own probability. With few samples the prior
// decides. `samples`: at most some 300, or it takes seconds.
Hyper learn(const Chords& chords, const std::vector<Sample>& samples);

}  // namespace isochrone::predict
