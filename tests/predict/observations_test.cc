#include "predict/observations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace isochrone::predict {
namespace {

const std::vector<Place> kRegions{{47.23, -119.85}, {52.37, 4.90}, {35.68, 139.77}};

TEST(Observations, AbsurdFiguresAreRefused) {
  struct Case {
    const char* name;
    Measured measured;
    uint32_t refused;
  };
  const Case cases[] = {
      {"an ordinary one", {{50, 8}, 0, 140}, 0},
      {"nothing takes no time", {{50, 8}, 0, 0}, 1},
      {"before it was sent", {{50, 8}, 0, -3}, 1},
      {"eleven days", {{50, 8}, 0, 1e9}, 1},
      {"no number", {{50, 8}, 0, std::nan("")}, 1},
      {"infinite", {{50, 8}, 0, std::numeric_limits<double>::infinity()}, 1},
      {"a region that is not there", {{50, 8}, 3, 140}, 1},
      {"as quick as light may be, were both ends a country off", {{50, 8}, 0, 73}, 0},
      {"quicker than light", {{50, 8}, 0, 60}, 1},
  };
  for (const Case& c : cases) {
    const Observations seen = observe(kRegions, std::vector{c.measured}, 100);
    EXPECT_EQ(seen.refused, c.refused) << c.name;
    EXPECT_EQ(seen.list.size(), 1 - c.refused) << c.name;
  }
}

TEST(Observations, BothDirectionsAndRepetitionsAreOnePair) {
  // Region 1 from region 0's place and the other way round, once more some metres off.
  const std::vector<Measured> measured{{kRegions[0], 1, 100}, {kRegions[1], 0, 144}, {{52.3701, 4.9001}, 0, 120}};
  const Observations seen = observe(kRegions, measured, 100);
  ASSERT_EQ(seen.list.size(), 1u);
  EXPECT_EQ(seen.list[0].count, 3u);
  EXPECT_NEAR(seen.list[0].rtt_ms, 120, 1e-9);
  EXPECT_EQ(seen.rows, 2u);
  EXPECT_EQ(seen.merged, 1u);
}

TEST(Observations, WhatIsMeasuredWithinACityIsNoPath) {
  const std::vector<Measured> measured{{kRegions[1], 1, 0.5}, {{52.5, 4.8}, 1, 2}, {{52.5, 4.8}, 0, 150}};
  const Observations seen = observe(kRegions, measured, 100);
  ASSERT_EQ(seen.list.size(), 1u);
  EXPECT_NEAR(seen.list[0].rtt_ms, 150, 1e-9);
  EXPECT_EQ(seen.refused, 0u);
}

TEST(Observations, TheDateLineIsNoLine) {
  const Observations seen = observe(kRegions, std::vector<Measured>{{{10, 180}, 0, 150}, {{10, -180}, 0, 150}}, 100);
  EXPECT_EQ(seen.rows, 1u);
}

TEST(Observations, BoundedWithEveryPartOfTheWorldKept) {
  // A thousand rows in a corner of Europe, and three far away.
  std::vector<Measured> measured;
  for (int i = 0; i < 1000; ++i)
    for (uint32_t r = 0; r < 3; ++r) measured.push_back({{48 + i % 40 * 0.1, 8 + i / 40 * 0.1}, r, 100.0 + i});
  const std::vector<Place> far{{-33.9, 151.2}, {-23.5, -46.6}, {1.3, 103.8}};
  for (const Place& place : far)
    for (uint32_t r = 0; r < 3; ++r) measured.push_back({place, r, 200});

  const Observations seen = observe(kRegions, measured, 60);
  EXPECT_EQ(seen.merged, 3009u);
  EXPECT_LE(seen.list.size(), 60u);
  EXPECT_GE(seen.list.size(), 40u);
  EXPECT_EQ(seen.rows, 1003u);
  for (const Place& place : far) {
    const bool kept = std::any_of(seen.list.begin(), seen.list.end(), [&](const Observation& o) {
      return seen.places[o.pair.a] == rounded(place) || seen.places[o.pair.b] == rounded(place);
    });
    EXPECT_TRUE(kept) << place.latitude;
  }
}

}  // namespace
}  // namespace isochrone::predict
