// What is told of a pool's lowered TTLs, held against what its clients are given.

#include "steer/lowered.h"

#include <gtest/gtest.h>

#include "swap_cases.h"

namespace isochrone::steer {
namespace {

struct Reasons {
  bool failing, all_down, swapping;
};

void expect(const Lowered& told, const Reasons& wanted) {
  EXPECT_EQ(told.failing, wanted.failing);
  EXPECT_EQ(told.all_down, wanted.all_down);
  EXPECT_EQ(told.swapping, wanted.swapping);
}

TEST(Lowered, IsWhatSomeAnswerOfThePoolSays) {
  PoolSpec latency, no_answer, short_lived;
  no_answer.all_down = AllDown::NoData;
  short_lived.ttl = short_lived.ttl_min = 5;
  const struct {
    const char* story;
    PoolSpec spec;
    const char* gateways;  // A: failing; ~: the one behind it is down
    Reasons wanted;
  } cases[] = {
      {"all is well", latency, "ab", {false, false, false}},
      {"one fails", latency, "Ab", {true, false, false}},
      {"one is down", latency, "~ab", {false, false, false}},
      {"one is down, and one fails", latency, "~aB", {true, false, false}},
      {"all are down", latency, "~a~b", {false, true, false}},
      {"all are down, and nothing is given", no_answer, "~a~b", {false, true, false}},
      {"one fails, but the TTL is as low as it gets", short_lived, "Ab", {false, false, false}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    World world("ab");
    std::vector<GatewayState> gateways;
    bool down = false;
    for (const char at : std::string_view(c.gateways)) {
      if (at != '~') {
        GatewayState& gateway = gateways.emplace_back(world.gateway(static_cast<char>(at | 0x20), down ? Verdict::Down : Verdict::Up));
        gateway.addresses[1].failing = (at & 0x20) == 0;
      }
      down = at == '~';
    }
    world.pool(c.spec, gateways);
    expect(lowered(world.steering, *world.steering.pools[0], {}), c.wanted);
  }
}

TEST(Lowered, ASwapIsToldWhereAClientOfItsRowIsGivenALowerTtl) {
  for (const SwapCase& c : swap_cases()) {
    SCOPED_TRACE(c.story);
    World world = swap_world(c);
    const Pool& pool = *world.steering.pools[0];
    EXPECT_FALSE(lowered(world.steering, pool, {true}).swapping);
    world.swapping(c.vantage, c.swap[0], c.swap[1]);
    ASSERT_EQ(world.choose(c.client).lowered_ttl != 0, c.lowered);
    expect(lowered(world.steering, pool, {true}), {false, false, c.lowered});
    EXPECT_EQ(lowered(world.steering, pool, {false}).swapping, c.lowered && c.vantage == kNoVantage) << "nobody is covered";
  }
}

}  // namespace
}  // namespace isochrone::steer
