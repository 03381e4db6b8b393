#include "health/replay.h"

#include <gtest/gtest.h>

#include <string_view>

namespace isochrone::health {
namespace {

// RTT in ms of regions a, b, … for one client, one row of samples a step; negative: lost; 0: no sample.
Series series_of(std::initializer_list<std::initializer_list<int>> rows, Duration step) {
  Series series{.clients = {"c"}, .regions = {"a", "b", "c"}, .samples = {}};
  Time at{1000s};
  for (const auto& row : rows) {
    steer::RegionId region = 0;
    for (const int ms : row) {
      if (ms != 0) series.samples.push_back({at, 0, region, ms < 0 ? std::nullopt : std::optional<Duration>(ms * 1ms)});
      ++region;
    }
    at += step;
  }
  return series;
}

std::string choices_of(const Series& series, const SteeringRules& rules = {}) {
  std::string text;
  replay(series, rules, [&](Time, uint32_t, steer::RegionId held) { text += static_cast<char>('a' + held); });
  return text;
}

TEST(Replay, RegretIsChargedAtTheNextSample) {
  const struct {
    const char* name;
    Series series;
    Tally tally;
  } rows[] = {
      {"the first row is free", series_of({{30, 40}}, 1h), {}},
      {"what is held is charged", series_of({{30, 40}, {35, 32}, {30, 40}}, 1h), {2, 0, 2, 3}},
      {"without a sample of it there is no charge", series_of({{30, 40}, {0, 38}, {30, 40}}, 1h), {2, 0, 1, 0}},
      {"nor where it was lost", series_of({{30, 40}, {-1, 38}, {30, 40}}, 5s), {2, 0, 1, 0}},
      {"a switch is counted in the row that brought it", series_of({{30, 40}, {30, 40}, {30, 40}, {30, 40}, {90, 40}, {90, 40}}, 1h),
       {5, 1, 5, 50}},
  };
  for (const auto& row : rows) {
    const Tally tally = replay(row.series, SteeringRules{}).total();
    EXPECT_EQ(tally.rows, row.tally.rows) << row.name;
    EXPECT_EQ(tally.switches, row.tally.switches) << row.name;
    EXPECT_EQ(tally.charged, row.tally.charged) << row.name;
    EXPECT_DOUBLE_EQ(tally.regret_ms, row.tally.regret_ms) << row.name;
  }
}

TEST(Replay, ADwellIsWaitedForWhereSamplesComeMeanwhile) {
  const auto rows = {std::initializer_list<int>{30, 40}, {30, 40}, {30, 40}, {30, 40}, {30, 40}, {90, 40}, {90, 40},
                     {90, 40}, {90, 40}, {90, 40}, {90, 40}, {90, 40}, {90, 40}};
  EXPECT_EQ(choices_of(series_of(rows, 5s)), "aaaaaaaaaaaab") << "two samples to be sure, and 30 s";
  EXPECT_EQ(choices_of(series_of(rows, 1h)), "aaaaabbbbbbbb") << "each is all there is for an hour";
}

TEST(Replay, ARegionThatIsDownIsNotHeld) {
  const auto rows = {std::initializer_list<int>{30, 40}, {30, 40}, {-1, 40}, {-1, 40}, {-1, 40}, {-1, 40}, {30, 40}, {30, 40}};
  EXPECT_EQ(choices_of(series_of(rows, 10s)), "aaaaabaa") << "lost for a dwell";
  EXPECT_EQ(choices_of(series_of(rows, 5s)), "aaaaaaaa") << "a burst";
}

TEST(Replay, TheLastSampleChooser) {
  const Series series = series_of({{30, 40}, {50, 40}, {30, 40}}, 1h);
  EXPECT_EQ(replay_last_sample(series, 9ms).total().switches, 2u);
  EXPECT_EQ(replay_last_sample(series, 10ms).total().switches, 0u);
  EXPECT_DOUBLE_EQ(replay_last_sample(series, 10ms).total().regret_ms, 10);
  EXPECT_DOUBLE_EQ(replay_last_sample(series, 9ms).total().regret_ms, 20) << "a to 50, then b against 30";
}

TEST(Replay, TheSimpleFrontierIsReadBetweenItsPoints) {
  const auto point = [](uint64_t switches, double regret_ms) {
    SweepPoint p;
    p.simple = {.rows = 100, .switches = switches, .charged = 100, .regret_ms = 100 * regret_ms};
    return p;
  };
  const std::vector<SweepPoint> points{point(8, 30), point(4, 50)};
  EXPECT_DOUBLE_EQ(*simple_regret_ms(points, 0.06), 40);
  EXPECT_DOUBLE_EQ(*simple_regret_ms(points, 0.08), 30);
  EXPECT_FALSE(simple_regret_ms(points, 0.09));
  EXPECT_FALSE(simple_regret_ms(points, 0.03));
}

}  // namespace
}  // namespace isochrone::health
