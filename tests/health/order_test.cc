#include "health/order.h"

#include <gtest/gtest.h>

#include <string>

namespace isochrone::health {
namespace {

class OrderTest : public testing::Test {
 protected:
  // Milliseconds by region a, b, c …; negative: nothing is known.
  bool set(std::initializer_list<int> ms) {
    estimates_.clear();
    for (const int m : ms) estimates_.push_back(m < 0 ? std::nullopt : std::optional<Duration>(m * 1ms));
    return update();
  }
  bool update() { return order_.update(estimates_, rules_, now_); }
  bool wait(Duration d) {
    now_ += d;
    return update();
  }
  std::string order() const {
    std::string text;
    for (const auto& place : order_.places()) text += static_cast<char>('a' + place.region);
    return text;
  }
  Duration held(char region) const {
    for (const auto& place : order_.places()) {
      if (place.region == region - 'a') return place.held;
    }
    return Duration(-1);
  }

  SteeringRules rules_;  // margin 5 ms, dwell 30 s
  Order order_;
  std::vector<std::optional<Duration>> estimates_;
  Time now_{1000s};
};

TEST_F(OrderTest, FirstValuesAreTakenAtOnce) {
  EXPECT_TRUE(set({50, 30, -1, 40}));
  EXPECT_EQ(order(), "bda");
  EXPECT_EQ(held('d'), 40ms);
  EXPECT_FALSE(update());
  EXPECT_FALSE(order_.deadline());
  EXPECT_EQ(order_.switches(), 0u);
}

TEST_F(OrderTest, WhatIsNewTakesALowerValueAtOnceAndAHigherOneDoesNot) {
  set({40, 58, 70});
  wait(5s);
  EXPECT_TRUE(set({40, 38, 70})) << "its first sample was disturbed";
  EXPECT_EQ(order(), "bac");
  EXPECT_EQ(held('b'), 38ms);
  EXPECT_FALSE(set({40, 58, 70}));
  EXPECT_EQ(order(), "bac");
  EXPECT_EQ(order_.switches(), 0u);
  set({40, 38, 70});
  wait(25s);
  EXPECT_FALSE(set({40, 38, 30})) << "a dwell after it came";
  EXPECT_EQ(order(), "bac");
}

TEST_F(OrderTest, ANewRegionIsPutWhereItBelongs) {
  set({50, 30, -1, 40});
  EXPECT_TRUE(set({50, 30, 35, 40}));
  EXPECT_EQ(order(), "bcda");
}

TEST_F(OrderTest, ARegionOfWhichNothingIsKnownLeaves) {
  set({50, 30, 40});
  EXPECT_TRUE(set({50, -1, 40}));
  EXPECT_EQ(order(), "ca");
  EXPECT_EQ(order_.switches(), 0u);
}

TEST_F(OrderTest, ABetterRegionLeadsAfterTheDwellAndNotBefore) {
  set({38, 60});
  EXPECT_FALSE(set({120, 60})) << "a route shifted";
  EXPECT_EQ(order_.deadline(), now_ + 15s) << "half of the dwell: the swap is near";
  EXPECT_FALSE(wait(29s));
  EXPECT_EQ(order(), "ab");
  EXPECT_EQ(order_.deadline(), now_ + 1s);
  EXPECT_TRUE(wait(1s));
  EXPECT_EQ(order(), "ba");
  EXPECT_EQ(held('a'), 120ms);
  EXPECT_EQ(order_.switches(), 1u);
}

TEST_F(OrderTest, ASwapIsForeseenFromHalfOfTheDwellOn) {
  const auto near = [&] {
    std::string out;
    for (const auto& [front, who] : order_.near()) out += std::string{static_cast<char>('a' + front), '<', static_cast<char>('a' + who), ' '};
    return out;
  };
  set({38, 60, 90});
  wait(30s);
  set({120, 60, 90});
  wait(14s);
  EXPECT_EQ(near(), "");
  wait(1s);
  EXPECT_EQ(near(), "a<b a<c ");
  set({120, 60, 118});  // c leads no more
  EXPECT_EQ(near(), "a<b ");
  wait(15s);
  EXPECT_EQ(order(), "bac");
  EXPECT_EQ(near(), "");
}

TEST_F(OrderTest, ALeadThatEndsIsNotForeseenAnyMore) {
  set({38, 60});
  wait(30s);
  set({120, 60});
  wait(20s);
  EXPECT_FALSE(order_.near().empty());
  set({61, 60});
  EXPECT_TRUE(order_.near().empty());
  EXPECT_EQ(order(), "ab");
}

TEST_F(OrderTest, WithoutADwellNothingIsForeseen) {
  rules_.dwell = 0s;
  set({38, 60});
  EXPECT_TRUE(set({120, 60}));
  EXPECT_EQ(order(), "ba");
  EXPECT_TRUE(order_.near().empty());
}

TEST_F(OrderTest, WithinTheMarginNothingMoves) {
  set({30, 31});
  wait(30s);
  set({34, 29});
  EXPECT_FALSE(wait(24h));
  EXPECT_EQ(order(), "ab");
  EXPECT_EQ(held('a'), 30ms);
}

TEST_F(OrderTest, ALeadThatIsInterruptedStartsAnew) {
  set({38, 60});
  set({120, 60});
  wait(20s);
  set({38, 60});
  wait(5s);
  set({120, 60});
  EXPECT_FALSE(wait(29s));
  EXPECT_TRUE(wait(1s));
}

TEST_F(OrderTest, MovesInFrontOfTheForemostBeatenNotOnlyTheNeighbour) {
  set({30, 33, 60});
  wait(30s);
  set({30, 33, 26});  // beats b, not a
  wait(30s);
  EXPECT_EQ(order(), "acb");
  set({40, 43, 33});  // c beats both, b beats nobody
  wait(30s);
  EXPECT_EQ(order(), "cab");
}

TEST_F(OrderTest, JumpsOverARegionItHasNotBeaten) {
  set({20, 41, 43});
  set({50, 41, 43});  // both beat a; c does not beat b
  wait(30s);
  EXPECT_EQ(order(), "bca");
  order_ = {};
  set({20, 44, 43});
  EXPECT_EQ(order(), "acb");
  set({50, 46, 43});  // b is within the margin of a
  wait(30s);
  EXPECT_EQ(order(), "cab");
}

TEST_F(OrderTest, AHeldEstimateFollowsAfterTheDwell) {
  set({30, 100});
  EXPECT_FALSE(set({36, 100}));
  EXPECT_FALSE(wait(29s));
  EXPECT_EQ(held('a'), 30ms);
  EXPECT_TRUE(wait(1s));
  EXPECT_EQ(held('a'), 36ms);
  EXPECT_EQ(order(), "ab");
}

TEST_F(OrderTest, RegretIsWhatStayingCosts) {
  set({38, 60});
  EXPECT_EQ(order_.regret(), 0ms);
  set({120, 60});
  EXPECT_EQ(order_.regret(), 60ms);
  wait(30s);
  EXPECT_NEAR(order_.regret_seconds(), 0.060 * 30, 1e-9);
  update();
  EXPECT_EQ(order_.regret(), 0ms);
}

TEST_F(OrderTest, RegionsKeepTheirPlacesUnderOtherNumbers) {
  set({10, 20, 30});
  wait(30s);
  set({10, 20, 12});
  wait(20s);
  const std::vector<steer::RegionId> to{2, 0, 1};  // a is c now, b is a, c is b
  order_.renumber(to);
  EXPECT_EQ(order(), "cab");
  set({20, 12, 10});
  EXPECT_FALSE(wait(9s));
  EXPECT_TRUE(wait(1s)) << "the lead went on";
  EXPECT_EQ(order(), "cba");
}

}  // namespace
}  // namespace isochrone::health
