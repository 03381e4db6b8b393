// Paths as they are, simulated over days: what moves clients and what does not. Two regions, a before b.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "health/installation.h"

namespace isochrone::health {
namespace {

// What a probe every 5 s meets. RTT in ms.
struct Path {
  double rtt = 38;
  double jitter = 0;  // mean of an exponential distribution on top
  double spikes = 0;  // share of samples that take 100 to 500 ms more
  double loss = 0;    // share of SYNs or answers to them
  double p95 = 0;     // of a swing over the day, from `rtt` up; 0: none
};

class CalmTest : public testing::Test {
 protected:
  CalmTest() {
    auto plan = std::make_shared<Plan>();
    plan->regions = {"a", "b"};
    plan->targets = {make_target("a/1", 0, "192.0.2.1"), make_target("b/1", 1, "192.0.2.2")};
    plan->targets[1].id = 1;
    health_.configure(plan, {"ns1"}, SteeringRules{}, now_);
  }

  void run(const Path& a, const Path& b, Duration time) {
    for (const Time end = now_ + time; now_ < end;) {
      const TargetId id = next_[0] <= next_[1] ? 0 : 1;
      now_ = std::max(now_, next_[id]);
      health_.record(id, probe(id == 0 ? a : b), now_);
      health_.tick(now_);
      next_[id] = now_ + health_.next_delay(id);
    }
  }

  Outcome probe(const Path& path) {
    std::uniform_real_distribution<double> chance(0, 1);
    double ms = path.rtt + path.jitter * std::exponential_distribution<double>(1)(random_);
    if (chance(random_) < path.spikes) ms += 100 + 400 * chance(random_);
    if (path.p95 > 0) {
      const double day = to_seconds(now_.time_since_epoch()) / 86400;
      ms += (path.p95 - path.rtt) * (1 - std::cos(2 * std::numbers::pi * day)) / 2;
    }
    const bool first_lost = chance(random_) < path.loss;
    if (first_lost && chance(random_) < path.loss) return lost();
    Outcome outcome = fine(Duration(std::llround(ms * 1e6)));
    outcome.retransmits = first_lost;
    return outcome;
  }

  uint64_t switches() const { return health_.vantage(0, now_).switches; }
  steer::RegionId first() const { return health_.rows(Family::V4).by_vantage[0]->order[0]; }

  Time now_{1000s};
  std::array<Time, 2> next_{now_, now_ + 2500ms};
  Health health_{HealthConfig{.run = 1}};
  std::mt19937 random_{4};
};

TEST_F(CalmTest, JitterMovesNobody) {
  run({.rtt = 38, .jitter = 4}, {.rtt = 46, .jitter = 4}, 12h);
  EXPECT_EQ(switches(), 0u);
  EXPECT_EQ(first(), 0);
}

TEST_F(CalmTest, LoneSpikesMoveNobody) {
  run({.rtt = 38, .jitter = 1, .spikes = 0.01}, {.rtt = 60, .jitter = 1, .spikes = 0.01}, 12h);
  EXPECT_EQ(switches(), 0u);
}

TEST_F(CalmTest, EqualPathsDoNotTakeTurns) {
  run({.rtt = 40, .jitter = 3}, {.rtt = 40, .jitter = 3}, 12h);
  EXPECT_EQ(switches(), 0u);
}

TEST_F(CalmTest, OnePercentOfLossMovesNobody) {
  run({.rtt = 38, .jitter = 1, .loss = 0.01}, {.rtt = 48, .jitter = 1}, 12h);
  EXPECT_EQ(switches(), 0u);
}

TEST_F(CalmTest, ThirtyPercentOfLossMovesEverybodyOnce) {
  run({.rtt = 38, .jitter = 1}, {.rtt = 120, .jitter = 1}, 1h);
  run({.rtt = 38, .jitter = 1, .loss = 0.30}, {.rtt = 120, .jitter = 1}, 10min);
  EXPECT_EQ(first(), 1);
  EXPECT_EQ(switches(), 1u);
  run({.rtt = 38, .jitter = 1}, {.rtt = 120, .jitter = 1}, 20min);
  EXPECT_EQ(first(), 0) << "and back";
  EXPECT_EQ(switches(), 2u);
}

TEST_F(CalmTest, TheSwingOfADayMovesOncePerCrossing) {
  // A pair's P50 and P95; b lies between them.
  run({.rtt = 38, .jitter = 2, .p95 = 70}, {.rtt = 54, .jitter = 2}, 48h);
  EXPECT_EQ(switches(), 4u) << "there and back, twice";
}

}  // namespace
}  // namespace isochrone::health
