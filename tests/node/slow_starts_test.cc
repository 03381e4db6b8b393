// A gateway that comes back: how much of its clients it still sheds, and when that changes.

#include "node/slow_starts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

using steer::GatewayState;
using steer::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<GatewayState> pool_of(Verdict v4, Verdict v6 = Verdict::Up) {
  GatewayState gateway;
  gateway.region = 3;
  gateway.addresses = {{*IpAddress::parse("192.0.2.1"), v4}, {*IpAddress::parse("2001:db8::1"), v6}};
  return {gateway};
}

// What the gateway sheds of the networks, IPv4 and IPv6.
std::pair<int, int> shed(const SlowStarts& starts, Time at, uint16_t configured = 0) {
  auto gateways = pool_of(Verdict::Up);
  gateways[0].shed_v4 = gateways[0].shed_v6 = configured;
  starts.add_to(7, gateways, at);
  return {gateways[0].shed_v4, gateways[0].shed_v6};
}

const Time kStart = Time() + 1000s;

TEST(SlowStarts, ItTakesOverLittleByLittle) {
  SlowStarts starts;
  starts.note(7, pool_of(Verdict::Down), pool_of(Verdict::Up), 60s, kStart);
  EXPECT_EQ(shed(starts, kStart), std::pair(1000, 0)) << "IPv6 was up all the time";
  EXPECT_EQ(shed(starts, kStart + 15s), std::pair(750, 0));
  EXPECT_EQ(shed(starts, kStart + 30s, 800), std::pair(800, 800)) << "what it sheds anyway is not undercut";
  EXPECT_EQ(shed(starts, kStart + 60s), std::pair(0, 0));
}

TEST(SlowStarts, StepsAreToldUntilItIsOver) {
  SlowStarts starts;
  EXPECT_FALSE(starts.next());
  starts.note(7, pool_of(Verdict::Down), pool_of(Verdict::Up), 50s, kStart);
  EXPECT_EQ(starts.next(), kStart + 1s);
  EXPECT_THAT(starts.take_due(kStart + 999ms), IsEmpty());
  EXPECT_THAT(starts.take_due(kStart + 1s), ElementsAre(7));
  EXPECT_EQ(starts.next(), kStart + 2s);
  EXPECT_THAT(starts.take_due(kStart + 50s), ElementsAre(7)) << "one last time";
  EXPECT_FALSE(starts.next());
}

TEST(SlowStarts, OnlyWhatWasDownStartsSlowly) {
  struct Case {
    const char* story;
    Verdict before, after;
    Duration length;
    bool starts;
  };
  for (const Case& c : {
           Case{"down to up", Verdict::Down, Verdict::Up, 60s, true},
           {"not asked for", Verdict::Down, Verdict::Up, 0s, false},
           {"its first verdict", Verdict::Unknown, Verdict::Up, 60s, false},
           {"still up", Verdict::Up, Verdict::Up, 60s, false},
           {"going down", Verdict::Up, Verdict::Down, 60s, false},
       }) {
    SlowStarts starts;
    starts.note(7, pool_of(c.before), pool_of(c.after), c.length, kStart);
    EXPECT_EQ(starts.next().has_value(), c.starts) << c.story;
  }
}

TEST(SlowStarts, OneThatFailsAgainBeginsAnew) {
  SlowStarts starts;
  starts.note(7, pool_of(Verdict::Down), pool_of(Verdict::Up), 60s, kStart);
  starts.note(7, pool_of(Verdict::Up), pool_of(Verdict::Down), 60s, kStart + 30s);
  EXPECT_FALSE(starts.next());
  starts.note(7, pool_of(Verdict::Down), pool_of(Verdict::Up), 60s, kStart + 40s);
  EXPECT_EQ(shed(starts, kStart + 40s), std::pair(1000, 0));
}

TEST(SlowStarts, NoneEndsWithoutItsLastStep) {
  SlowStarts starts;
  starts.note(7, pool_of(Verdict::Down), pool_of(Verdict::Up), 60s, kStart);
  starts.take_due(kStart + 59500ms);
  EXPECT_EQ(starts.next(), kStart + 60s);
  EXPECT_EQ(starts.take_due(kStart + 60s), std::vector<zone::PoolId>{7});
  EXPECT_FALSE(starts.next());
}

TEST(SlowStarts, OtherPoolsAreNotConcerned) {
  SlowStarts starts;
  starts.note(8, pool_of(Verdict::Down), pool_of(Verdict::Up), 60s, kStart);
  EXPECT_EQ(shed(starts, kStart), std::pair(0, 0));
}

}  // namespace
}  // namespace isochrone::node
