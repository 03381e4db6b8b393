#include "health/estimator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "health/target_state.h"

namespace isochrone::health {
namespace {

using steer::Verdict;

double ms(const SmoothedRtt& rtt) {
  return to_milliseconds(rtt.value().value_or(Duration{}));
}
Duration from_ms(double value) {
  return Duration(std::llround(value * 1e6));
}

TEST(SmoothedRtt, ALoneSpikeMovesItByNothingWorthMentioning) {
  for (int quiet = 3; quiet < 60; ++quiet) {
    SmoothedRtt rtt;
    for (int i = 0; i < quiet; ++i) rtt.add(38ms + i % 3 * 1ms);
    const double before = ms(rtt);
    rtt.add(900ms);
    EXPECT_NEAR(ms(rtt), before, 1.1) << "after " << quiet;
  }
}

TEST(SmoothedRtt, OfTheVeryFirstSamplesTheLowestCounts) {
  SmoothedRtt rtt;
  for (const auto& [sample, value] : {std::pair{58ms, 58ms}, {38ms, 38ms}, {61ms, 38ms}, {40ms, 38ms}, {39ms, 40ms}}) {
    rtt.add(sample);
    EXPECT_EQ(rtt.value(), value) << "after " << to_milliseconds(sample);
  }
}

TEST(SmoothedRtt, AShiftIsKnownWithTheSecondSample) {
  for (const double to : {120.0, 8.0}) {
    for (int quiet = 5; quiet < 60; ++quiet) {
      SmoothedRtt rtt;
      for (int i = 0; i < quiet; ++i) rtt.add(38ms + i % 3 * 1ms);
      rtt.add(from_ms(to));
      EXPECT_NEAR(ms(rtt), 39, 2);
      rtt.add(from_ms(to + 1));
      EXPECT_NEAR(ms(rtt), to, 1.01) << "after " << quiet;
    }
  }
}

// Three standard deviations: too little for two samples to tell.
TEST(SmoothedRtt, ASmallShiftOfAJitteryPathIsKnownBeforeLong) {
  int followed = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 4);
    SmoothedRtt rtt;
    for (int i = 0; i < 200; ++i) rtt.add(from_ms(60 + noise(random)));
    ASSERT_NEAR(ms(rtt), 60, 4);
    ASSERT_NEAR(to_milliseconds(rtt.spread()), 3.2, 2) << "a mean deviation is 0.8 standard deviations";
    for (int i = 0; i < 8; ++i) rtt.add(from_ms(72 + noise(random)));
    followed += std::abs(ms(rtt) - 72) < 5;
  }
  EXPECT_GE(followed, 150) << "three in four within eight samples; the others by and by";
}

TEST(SmoothedRtt, TwoSpikesInARowAreUndoneByTwoSamples) {
  SmoothedRtt rtt;
  for (int i = 0; i < 20; ++i) rtt.add(38ms);
  rtt.add(900ms);
  rtt.add(300ms);
  rtt.add(38ms);
  rtt.add(38ms);
  EXPECT_NEAR(ms(rtt), 38, 1);
}

TEST(SmoothedRtt, AbsurdSamplesAreNone) {
  SmoothedRtt rtt;
  for (const Duration d : {Duration(0), Duration(-1s), Duration(61s)}) rtt.add(d);
  EXPECT_FALSE(rtt.value());
}

TEST(Wilson, Interval) {
  const struct {
    uint32_t hits, tries;
    double lower, upper;
  } rows[] = {{0, 0, 0, 1},           {0, 60, 0, 0.0602},       {1, 60, 0.0030, 0.0886},
              {3, 60, 0.0171, 0.137}, {18, 60, 0.1990, 0.4251}, {60, 60, 0.9398, 1}};
  for (const auto& row : rows) {
    EXPECT_NEAR(wilson_interval(row.hits, row.tries).lower, row.lower, 0.0005) << row.hits;
    EXPECT_NEAR(wilson_interval(row.hits, row.tries).upper, row.upper, 0.0005) << row.hits;
  }
}

class LossTest : public testing::Test {
 protected:
  // '+' fine, '-' lost, '5' a failure that came back (503); 's' a second SYN was needed.
  void probe(std::string_view tries, Duration every = 5s) {
    for (const char t : tries) {
      Outcome outcome;
      if (t == '-') outcome.failure = Failure::Timeout;
      if (t == '5') outcome.failure = Failure::Status;
      if (t == 's') outcome.retransmits = 1;
      const Verdict before = state_.verdict();
      state_.record(outcome.ok(), spec_, now_ += every);
      estimator_.add(outcome, before, state_.verdict(), now_);
    }
  }
  std::pair<uint32_t, uint32_t> counts() const {
    const auto c = estimator_.loss().counts();
    return {c.lost, c.probes};
  }

  ProbeSpec spec_;  // fall 3, rise 2
  TargetState state_;
  Estimator estimator_;
  Time now_{100s};
};

TEST_F(LossTest, CountsTimeoutsAndSecondSyns) {
  probe("++-+5+s+--+");
  EXPECT_EQ(counts(), std::pair(4u, 11u));
}

TEST_F(LossTest, ProbesOfAnOutageDoNotCount) {
  probe("++++---------+");
  EXPECT_EQ(counts(), std::pair(0u, 4u));
  probe("+");
  EXPECT_EQ(counts(), std::pair(0u, 4u)) << "risen, but with this one";
  probe("+-+");
  EXPECT_EQ(counts(), std::pair(1u, 7u));
}

TEST_F(LossTest, FiveMinutesOfBeingUpAreRemembered) {
  probe("+--+--+--+");
  EXPECT_EQ(counts().first, 6u);
  for (int i = 0; i < 50; ++i) probe("+");
  EXPECT_EQ(counts().first, 6u) << "four minutes on";
  for (int i = 0; i < 16; ++i) probe("+");
  EXPECT_EQ(counts().first, 0u);
}

TEST_F(LossTest, AnOutageDoesNotWashLossAway) {
  probe("++-+-+-+");
  probe("---");
  for (int i = 0; i < 200; ++i) probe("-");
  probe("++");
  probe("++");
  EXPECT_EQ(counts().first, 3u);
}

TEST(Latency, OrdinaryLossIsNothing) {
  EXPECT_EQ(latency(38ms, 0), 38ms);
  EXPECT_EQ(latency(38ms, 0.02), 38ms);
  EXPECT_NEAR(to_milliseconds(latency(38ms, 0.20)), 38 + 180, 0.001);
}

}  // namespace
}  // namespace isochrone::health
