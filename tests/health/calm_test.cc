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
  Duration burst{};   // so long of every five minutes nothing comes back
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
    if (now_.time_since_epoch() % 5min < path.burst) return lost();
    const bool first_lost = chance(random_) < path.loss;
    if (first_lost && chance(random_) < path.loss) return lost();
    Outcome outcome = fine(Duration(std::llround(ms * 1e6)));
    outcome.retransmits = first_lost;
    return outcome;
  }

  // How long it takes until b is first.
  Duration until_b_leads(const Path& a, const Path& b) {
    const Time begin = now_;
    while (first() != 1 && now_ - begin < 10min) run(a, b, 1s);
    return now_ - begin;
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

TEST_F(CalmTest, BurstsOfLossMoveNobody) {
  run({.rtt = 38, .jitter = 1, .burst = 1s}, {.rtt = 48, .jitter = 1}, 12h);
  EXPECT_EQ(switches(), 0u);
  EXPECT_GT(health_.view(0, 0, now_).failures, 0u) << "seen all the same";
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

// Paths as a cloud publishes them, by P50 and P95: an exponential jitter has the one and the other.
struct Published {
  double p50, p95;
  Path path(double ms_more = 0) const {
    const double jitter = (p95 - p50) / std::numbers::ln10;
    return {.rtt = p50 + ms_more - std::numbers::ln2 * jitter, .jitter = jitter};
  }
};

// P95 is 6 ms or less above P50 for half of all pairs of regions, and 12 or less for three in four.
class CalmPathTest : public CalmTest, public testing::WithParamInterface<Published> {
 protected:
  const Path a_ = GetParam().path(), equal_ = GetParam().path(), next_best_ = GetParam().path(8);
};
INSTANTIATE_TEST_SUITE_P(Pairs, CalmPathTest,
                         testing::Values(Published{24, 25}, Published{38, 44}, Published{70, 82}, Published{200, 206}));

TEST_P(CalmPathTest, NothingFlapsBetweenEqualPaths) {
  run(a_, equal_, 6h);
  EXPECT_EQ(switches(), 0u);
}

TEST_P(CalmPathTest, LoneSpikesMoveNobody) {
  Path spiky = a_;
  spiky.spikes = 0.01;
  run(spiky, next_best_, 6h);
  EXPECT_EQ(switches(), 0u);
}

TEST_P(CalmPathTest, AShiftIsFollowedOnceItHasLastedForTheDwell) {
  run(a_, next_best_, 1h);
  ASSERT_EQ(first(), 0);
  Path shifted = a_;
  shifted.rtt += 8 * shifted.jitter + 40;
  const Duration took = until_b_leads(shifted, next_best_);
  EXPECT_GE(took, 30s) << "the dwell";
  EXPECT_LE(took, 30s + 3 * 5500ms) << "two samples to be sure, and one more where jitter strays now and then";
  run(shifted, next_best_, 1h);
  EXPECT_EQ(switches(), 1u);
}

}  // namespace
}  // namespace isochrone::health
