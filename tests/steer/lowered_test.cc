// What is told of a pool's lowered TTLs, held against what its clients are given.

#include "steer/lowered.h"

#include <gtest/gtest.h>

#include "world.h"

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
      {"all are down, and nothing is given", no_answer, "~a~b", {false, false, false}},
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
  PoolSpec latency, tolerant, equal, weighted, priority, short_lived;
  tolerant.tolerance = 5ms;
  equal.tolerance = 50ms;
  weighted.routing = Routing::Weighted;
  priority.routing = Routing::Priority;
  short_lived.ttl = 5;
  const struct {
    const char* story;
    PoolSpec spec;
    const char* gateways;
    VantageId vantage;
    const char* swap;    // front, who
    const char* client;  // one of that row
    bool wanted;
  } cases[] = {
      {"a vantage's", latency, "abc", 0, "ab", "198.51.100.0/24", true},
      {"the median's", latency, "abc", kNoVantage, "ab", "8.8.8.0/24", true},
      {"among those behind", latency, "abc", 0, "bc", "198.51.100.0/24", false},
      {"by a region that the pool has not", latency, "abc", 0, "ad", "198.51.100.0/24", false},
      {"the first one is not of the pool", latency, "bc", 0, "bc", "198.51.100.0/24", true},
      {"a band of one", tolerant, "abc", 0, "ab", "198.51.100.0/24", true},
      {"a band of several", equal, "abc", 0, "ab", "198.51.100.0/24", false},
      {"equals in priority", priority, "abc", 0, "ab", "198.51.100.0/24", true},
      {"weights", weighted, "abc", 0, "ab", "198.51.100.0/24", false},
      {"low anyhow", short_lived, "abc", 0, "ab", "198.51.100.0/24", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    const Cells cells{{'a', 10ms}, {'b', 20ms}, {'c', 30ms}, {'d', 40ms}};
    World world("abcd");
    world.cover("198.51.100.0/24", 0).measured(0, cells).median(cells);
    std::vector<GatewayState> gateways;
    for (const char letter : std::string_view(c.gateways)) gateways.push_back(world.up(letter));
    world.pool(c.spec, gateways);
    const Pool& pool = *world.steering.pools[0];
    EXPECT_FALSE(lowered(world.steering, pool, {true}).swapping);
    world.swapping(c.vantage, c.swap[0], c.swap[1]);
    ASSERT_EQ(world.choose(c.client).lowered_ttl != 0, c.wanted);
    expect(lowered(world.steering, pool, {true}), {false, false, c.wanted});
    EXPECT_EQ(lowered(world.steering, pool, {false}).swapping, c.wanted && c.vantage == kNoVantage) << "nobody is covered";
  }
}

}  // namespace
}  // namespace isochrone::steer
