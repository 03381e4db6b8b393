// Which of several fits is taken: rows left out judge, not the likelihood that parameters are learnt from.

#include "predict/fitting.h"

#include <gtest/gtest.h>

#include <cmath>

#include "networks.h"

namespace isochrone::predict {
namespace {

// By every second place.
Observations seen_in(const Network& network) {
  std::vector<Measured> measured;
  for (size_t v = 0; v < network.places.size(); v += 2)
    for (size_t r = 0; r < network.places.size(); ++r)
      if (r != v) measured.push_back({network.places[v], static_cast<uint32_t>(r), network.measured[v][r]});
  return observe(network.places, measured, 1000);
}

TEST(Fitting, BolderWhereThatPredictsRowsLeftOutBetter) {
  const Observations seen = seen_in(cables(30, 3, 11, "cables"));
  const Fitting likeliest = likeliest_fitting(seen, Chords(seen.places), 240), best = best_fitting(seen, 240);
  ASSERT_TRUE(likeliest.solved && best.solved);
  EXPECT_LT(best.held_out.log_error, likeliest.held_out.log_error);
  EXPECT_DOUBLE_EQ(best.hyper.detour, 2 * likeliest.hyper.detour);
  EXPECT_DOUBLE_EQ(best.hyper.noise_ms, likeliest.hyper.noise_ms / 2);
}

// Every cell is off by a fifth, and the likelihood knows: to be surer of them costs accuracy.
TEST(Fitting, NoBolderThanMeasurementsAllow) {
  const Observations seen = seen_in(with_noise(cables(30, 3, 11, "cables"), {.jitter = 0.2}, 5, "noisy"));
  const Fitting likeliest = likeliest_fitting(seen, Chords(seen.places), 240), best = best_fitting(seen, 240);
  ASSERT_TRUE(likeliest.solved && best.solved);
  EXPECT_EQ(best.hyper.logs(), likeliest.hyper.logs());
}

}  // namespace
}  // namespace isochrone::predict
