#include "health/past.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "health/replay.h"

namespace isochrone::health {
namespace {

constexpr Duration kMargin = 5ms;

Duration rtt_of(double ms) { return Duration(std::llround(ms * 1e6)); }

using Rows = std::vector<std::vector<double>>;  // ms, by region

// Two regions that are drawn anew every few rows; the first is mostly the better one.
Rows drawn_anew(int rows, std::mt19937& random) {
  std::uniform_real_distribution<double> chance(0, 1);
  std::lognormal_distribution<double> good(3.5, 0.7), bad(4.2, 0.7);
  Rows out;
  for (int i = 0; i < rows; ++i) {
    if (i > 0) out.push_back(out.back());
    else out.push_back({good(random), bad(random)});
    if (chance(random) < 0.2) out.back() = {good(random), bad(random)};
  }
  return out;
}

// Five that wander from where they are, never below 10 ms.
Rows wandering(int rows, std::mt19937& random) {
  std::normal_distribution<double> step(0, 8);
  Rows out{{50, 55, 60, 65, 70}};
  for (int i = 1; i < rows; ++i) {
    out.push_back(out.back());
    for (double& ms : out.back()) ms = 10 + std::abs(ms + step(random) - 10);
  }
  return out;
}

Past past_of(const Rows& rows) {
  Past past;
  for (const auto& row : rows) {
    std::vector<std::optional<Duration>> estimates;
    for (const double ms : row) estimates.emplace_back(rtt_of(ms));
    past.add(estimates, kMargin);
  }
  return past;
}

// What the second region must be better by now to be put first, beyond the margin.
double lead_of_the_first(const Past& past) {
  return to_milliseconds(past.handicap(1, kMargin) - past.handicap(0, kMargin));
}

TEST(Past, IsNothingWhereNothingHasVaried) {
  const Past past = past_of(Rows(300, {30, 40}));
  EXPECT_EQ(past.handicap(1, kMargin), 0ms);
  EXPECT_EQ(past.handicap(7, kMargin), 0ms) << "never heard of";
}

TEST(Past, IsNothingAfterAShift) {
  Rows rows(200, {30, 60});
  rows.resize(400, {120, 60});
  EXPECT_EQ(past_of(rows).handicap(0, kMargin), 0ms);
  EXPECT_EQ(past_of(rows).handicap(1, kMargin), 0ms);
}

TEST(Past, CountsForWhoIsMostlyGoodWherePathsAreDrawnAnew) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    const Past past = past_of(drawn_anew(600, random));
    EXPECT_LT(past.lasts(), 0.4) << seed;
    EXPECT_GT(lead_of_the_first(past), 0) << seed;
    EXPECT_LT(lead_of_the_first(past), 11 * to_milliseconds(kMargin)) << seed;
  }
}

TEST(Past, CountsForLittleWherePathsWander) {
  double sum = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    sum += std::abs(lead_of_the_first(past_of(wandering(600, random))));
  }
  EXPECT_LT(sum / 10, 0.2 * to_milliseconds(kMargin));
}

// A row an hour of eight clients.
Series series_of(Rows (*rows_of)(int, std::mt19937&)) {
  Series series{.clients = {}, .regions = {"a", "b", "c", "d", "e"}, .samples = {}};
  for (uint32_t client = 0; client < 8; ++client) {
    series.clients.push_back(std::to_string(client));
    std::mt19937 random(client);
    Time at{1000s};
    for (const auto& row : rows_of(500, random)) {
      for (steer::RegionId r = 0; r < row.size(); ++r) series.samples.push_back({at, client, r, rtt_of(row[r])});
      at += 1h;
    }
  }
  std::ranges::stable_sort(series.samples, {}, &Sample::at);
  return series;
}

// Our mean regret as a part of the last sample's plus a margin, at the same share of switches.
double against_the_last_sample(const Series& series, Duration margin) {
  SteeringRules rules;
  rules.margin = margin;
  const Tally ours = replay(series, rules).total();
  std::vector<SweepPoint> simple;
  for (const Duration m : {0ms, 2ms, 5ms, 10ms, 15ms, 20ms, 30ms, 40ms, 60ms}) simple.push_back({m, {}, replay_last_sample(series, m).total()});
  return ours.mean_regret_ms() / simple_regret_ms(simple, ours.switch_share()).value();
}

TEST(Past, GainsWherePathsAreDrawnAnew) { EXPECT_LT(against_the_last_sample(series_of(drawn_anew), 10ms), 0.95); }

TEST(Past, CostsLittleWherePathsWander) { EXPECT_LT(against_the_last_sample(series_of(wandering), 15ms), 1.1); }

}  // namespace
}  // namespace isochrone::health
