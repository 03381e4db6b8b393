// A cluster under simulated time: the product's cluster::View, Health, Drains, pools and digest on four nodes, with everything
// that may go wrong around them, and what must be true all the same (sim/invariants.h). Seconds of it take hours of simulated
// time. Equal seeds give equal runs.
//
//   ISOCHRONE_SIM_SEED=7 ISOCHRONE_SIM_STEPS=1000000 ISOCHRONE_SIM_RUNS=20 build/dev/tests/node/cluster_sim_test
//
// runs a million steps with each of the seeds 7 to 26. For millions build it with optimisation:
// meson setup build/release --buildtype=release; ninja -C build/release tests/node/cluster_sim_test.

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "sim/world.h"

namespace isochrone::sim {
namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(ClusterUnderSimulatedTime, HoldsWhatItPromises) {
  const uint64_t first = setting("ISOCHRONE_SIM_SEED", 1), runs = setting("ISOCHRONE_SIM_RUNS", 1), steps = setting("ISOCHRONE_SIM_STEPS", 25'000);
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    World world(seed);
    std::string wrong;
    while (wrong.empty() && world.scheduler().steps() < steps) wrong = world.step();
    std::string history = wrong.empty() ? "" : world.sightings();
    for (const std::string& one : world.history()) history += one + "\n";
    ASSERT_EQ(wrong, "") << "ISOCHRONE_SIM_SEED=" << seed << ", step " << world.scheduler().steps() << ", after\n" << history;
    // An invariant that never had anything to say has proved nothing.
    RecordProperty("simulated_seconds", static_cast<int>(to_seconds(world.scheduler().now() - Time() - 24h)));
    RecordProperty("calms", static_cast<int>(world.calms()));
    if (steps < 100'000) continue;
    EXPECT_GE(world.calms(), 5u);
    EXPECT_GE(world.invariants().must(), 10'000u);
    EXPECT_GE(world.invariants().must_not(), 1'000u);
  }
}

}  // namespace
}  // namespace isochrone::sim
