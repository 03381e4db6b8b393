// Gateways whose load is above its limit: who leaves them, for where, and in which order.

#include <gtest/gtest.h>

#include "scope_checker.h"
#include "steer/hash.h"
#include "steer/scopes.h"
#include "steer/shedding.h"
#include "world.h"

namespace isochrone::steer {
namespace {

TEST(Load, WhoLosesLeastLeavesFirst) {
  int left = 0;
  for (uint64_t network = 0; network < 2000; ++network) {
    const auto leaves = [&](Duration loses, Duration relief) { return is_relieved(mix(network + 1), "west", loses, relief); };
    EXPECT_FALSE(leaves(0ms, 0ms));
    EXPECT_FALSE(leaves(20ms, 20ms)) << "nobody loses as much as the relief";
    EXPECT_TRUE(leaves(20ms, 46ms)) << "whoever loses less than half of it leaves";
    left += leaves(20ms, 32500us);
    bool before = true;
    for (int loses = 0; loses < 50; ++loses) {
      const bool now = leaves(loses * 1ms, 30ms);
      EXPECT_TRUE(before || !now) << "who loses more leaves later";
      before = now;
    }
  }
  EXPECT_NEAR(left, 1000, 150) << "in between one after the other: (20 + 5) × 1.5 = 32.5 + 5";
}

// Three regions; a client network of each of these: what it loses by b, and by c.
class Loaded : public testing::Test {
 protected:
  Loaded() : world("abc") {
    world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 200ms}, {'c', 300ms}}).row("::/0", {{'a', 10ms}, {'b', 200ms}});
    world.row("198.18.0.0/20", {{'a', 10ms}, {'b', 12ms}, {'c', 100ms}});   // cheap to move
    world.row("198.19.0.0/20", {{'a', 10ms}, {'b', 60ms}, {'c', 100ms}});   // dear
    world.row("198.51.96.0/20", {{'a', 10ms}, {'c', 12ms}, {'b', 90ms}});   // cheap, to c
  }
  static constexpr const char* kCheap = "198.18.1.0/24";
  static constexpr const char* kDear = "198.19.1.0/24";
  static constexpr const char* kToC = "198.51.97.0/24";

  void relieve(Duration a, Duration b = {}, Duration c = {}, PoolSpec spec = {}) {
    std::vector<GatewayState> gateways{world.up('a'), world.up('b'), world.up('c')};
    gateways[0].relief = a, gateways[1].relief = b, gateways[2].relief = c;
    if (spec.routing == Routing::Priority)
      for (size_t i = 0; i < 3; ++i) gateways[i].priority = static_cast<uint16_t>(i + 1);
    world.pool(spec, std::move(gateways));
  }
  std::string given() const { return {world.region(kCheap), world.region(kDear), world.region(kToC), world.region("203.0.113.0/24")}; }

  World world;
};

TEST_F(Loaded, TheCheapestMoveFirstAndEachToItsOwnNext) {
  relieve(0ms);
  EXPECT_EQ(given(), "aaaa");
  relieve(20ms);
  EXPECT_EQ(given(), "baca");
  relieve(120ms);
  EXPECT_EQ(given(), "bbca");
  relieve(500ms);
  EXPECT_EQ(given(), "bbcb");
}

TEST_F(Loaded, NobodyIsSentToWhoIsLoadedAsMuch) {
  relieve(20ms, 20ms);
  EXPECT_EQ(given(), "aaca") << "b is no better, and c too far for all but one";
  relieve(20ms, 30ms);
  EXPECT_EQ(given(), "aaca");
  relieve(120ms, 20ms);
  EXPECT_EQ(given(), "bbca") << "b is loaded less";
  relieve(400ms, 300ms);
  EXPECT_EQ(given().substr(0, 2), "cc") << "from a to b, and from there on to c";
  relieve(90ms, 90ms, 90ms);
  EXPECT_EQ(given(), "aaaa") << "everybody is: everybody stays";
}

TEST_F(Loaded, AnOverloadedLastOneKeepsItsClients) {
  std::vector<GatewayState> gateways{world.up('a'), world.down('b'), world.down('c')};
  gateways[0].relief = 4s;
  world.pool({}, std::move(gateways));
  EXPECT_EQ(given(), "aaaa");
}

TEST_F(Loaded, OtherMethodsSendThemWhereTheyWouldHaveGoneNext) {
  PoolSpec spec;
  spec.routing = Routing::Priority;
  relieve(20ms, 0ms, 0ms, spec);
  EXPECT_EQ(given(), "baaa") << "to the next in priority, by what it costs";
  spec = {};
  spec.routing = Routing::Weighted;
  relieve(4s, 0ms, 0ms, spec);
  EXPECT_EQ(given().find('a'), std::string::npos);
}

TEST_F(Loaded, OfSeveralInOneAnswerOneIsLeftForWhoTakesItsPlace) {
  PoolSpec spec;
  spec.routing = Routing::Multivalue;
  const auto given = [&](const char* client, int count, Duration a, Duration b, Duration c) {
    spec.count = static_cast<uint8_t>(count);
    relieve(a, b, c, spec);
    std::string letters;
    for (const auto& line : world.explained(client).lines)
      if (line.chosen) letters += world.letter(line.region);
    std::ranges::sort(letters);
    return letters;
  };
  EXPECT_EQ(given(kCheap, 2, 0ms, 0ms, 0ms), "ab");
  EXPECT_EQ(given(kCheap, 2, 20ms, 0ms, 0ms), "ab") << "c is 90 ms further";
  EXPECT_EQ(given(kCheap, 2, 400ms, 0ms, 0ms), "bc");
  EXPECT_EQ(given(kCheap, 2, 400ms, 0ms, 400ms), "b") << "c is loaded as much: b alone is left";
  EXPECT_EQ(given(kCheap, 2, 400ms, 400ms, 400ms), "ab") << "everybody is: everybody stays";
  EXPECT_EQ(given(kCheap, 2, 400ms, 200ms, 0ms), "c") << "one after the other";
  EXPECT_EQ(given(kCheap, 8, 20ms, 0ms, 0ms), "abc") << "who has all of them may be sent to c";
  EXPECT_EQ(given(kCheap, 8, 0ms, 0ms, 20ms), "ab") << "nobody loses by the furthest";
  EXPECT_EQ(given(kCheap, 1, 20ms, 0ms, 0ms), "b");
}

TEST_F(Loaded, ScopesOfSeveralInOneAnswerStayTrue) {
  PoolSpec spec;
  spec.routing = Routing::Multivalue;
  for (const uint8_t count : {2, 8}) {
    spec.count = count;
    relieve(70ms, 20ms, 0ms, spec);
    for (const Family family : {Family::V4, Family::V6}) EXPECT_EQ(ScopeChecker(world.steering, 0, family).check().untrue, 0u);
  }
}

// A relief changes while the server runs, and what was merged without it is at hand.
TEST_F(Loaded, ScopesMergedBeforeAreNotUsed) {
  const std::vector<zone::PoolId> changed{0};
  relieve(0ms);
  world.steering.scopes = merge_scopes(world.steering);
  const auto before = world.steering.scopes;
  relieve(70ms);
  for (const bool at_once : {true, false}) {
    world.steering.scopes = before;
    world.steering.scopes = at_once ? still_true(world.steering, changed) : merge_scopes(world.steering);
    for (const Family family : {Family::V4, Family::V6}) EXPECT_EQ(ScopeChecker(world.steering, 0, family).check().untrue, 0u) << at_once;
  }
}

TEST_F(Loaded, OfAnUnknownWayTheyAreTheLast) {
  World bare("ab");
  const auto given = [&](Duration relief) {
    std::vector<GatewayState> gateways{bare.up('a'), bare.up('b')};
    gateways[0].relief = relief;
    bare.pool({}, std::move(gateways));
    return bare.region("203.0.113.0/24");
  };
  EXPECT_EQ(given(900ms), 'a');
  EXPECT_EQ(given(4s), 'b');
}

TEST_F(Loaded, ItIsExplained) {
  relieve(20ms);
  const Explanation e = world.explained(kCheap);
  EXPECT_EQ(world.letter(e.choice.region), 'b');
  for (const auto& line : e.lines) EXPECT_EQ(line.shed, world.letter(line.region) == 'a');
  const auto& a = *std::ranges::find_if(e.lines, [&](const auto& l) { return l.region == world.id('a'); });
  EXPECT_EQ(a.relief, Duration(20ms));
}

TEST_F(Loaded, ScopesStayTrue) {
  for (const Duration relief : {Duration(0ms), Duration(8ms), Duration(70ms), Duration(300ms)}) {
    relieve(relief, relief / 2);
    world.steering.scopes = nullptr;
    for (const Family family : {Family::V4, Family::V6}) {
      const ScopeFaults faults = ScopeChecker(world.steering, 0, family).check();
      EXPECT_EQ(faults.untrue, 0u);
      EXPECT_EQ(faults.overlapping, 0u);
    }
    EXPECT_EQ(world.scope(kDear), 20);
    EXPECT_GE(world.scope("203.0.113.0/24"), relief == Duration::zero() ? 1 : 20);
  }
}

}  // namespace
}  // namespace isochrone::steer
