// The model against the methods it replaces, on networks it has not been made for. Few draws, loose bounds: the table
// with the figures is accuracy.cc's.

#include <gtest/gtest.h>

#include "networks.h"

namespace isochrone::predict {
namespace {

TEST(Accuracy, BetterThanDistanceOnEveryNetwork) {
  const Network clean = cables(30, 3, 11, "cables");
  std::vector<Network> networks{clean, with_noise(clean, {.jitter = 0.1, .access_ms = 5, .missing = 0.2}, 12, "noisy cables"),
                                with_noise(clean, {.wrong = 0.05}, 13, "cables, 5 % wrong")};
  for (const Network& network : networks) {
    const Trial trial{.vantages = 8, .draws = 1, .sets = 30, .seed = 5};
    const Score model = score(network, Method::Model, trial);
    EXPECT_LT(model.excess_ms, score(network, Method::GreatCircle, trial).excess_ms) << network.name;
    EXPECT_LT(model.excess_ms, score(network, Method::InverseDistance, trial).excess_ms) << network.name;
  }
}

TEST(Accuracy, TheCloudsMatrix) {
  const Network network = azure();
  if (network.places.empty()) GTEST_SKIP() << "the matrix is not here; ISOCHRONE_SHARED names its folder";
  ASSERT_EQ(network.places.size(), 54u);
  const Score s = score(network, Method::Model, {.vantages = 8, .draws = 2, .sets = 40, .seed = 7});
  EXPECT_GT(s.optimal, 0.88);
  EXPECT_LT(s.excess_ms, 1.3);
}

}  // namespace
}  // namespace isochrone::predict
