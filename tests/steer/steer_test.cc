#include "steer/steer.h"

#include <gtest/gtest.h>

#include "swap_cases.h"
#include "world.h"

namespace isochrone::steer {
namespace {

// Who is up, down (-), unknown (?), drained (~) or disabled (!): "a b- c?".
std::vector<GatewayState> gateways(const World& world, std::string_view text) {
  std::vector<GatewayState> result;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= 'a' && c <= 'z') result.push_back(world.up(c));
    if (c == '!') result.back().enabled = false;
    if (c == '~') result.back().drained = true;
    if (c == '-' || c == '?')
      for (auto& address : result.back().addresses) address.quorum = c == '-' ? Verdict::Down : Verdict::Unknown;
  }
  return result;
}

TEST(Steer, WhoIsChosen) {
  struct Case {
    const char* story;
    const char* gateways;
    char region;
    Outcome outcome = Outcome::Steered;
  };
  using enum Outcome;
  World world("abcd");
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}, {'d', 40ms}});
  for (const Case& c : {
           Case{"the lowest estimate wins", "a b c d", 'b'},
           {"whatever the order configured", "d c b a", 'b'},
           {"a region down is routed around to the next closest", "a b- c d", 'c'},
           {"and to the one after that", "a b- c- d", 'a'},
           {"a region back is used as before", "a b c- d", 'b'},
           {"a region added far away changes nothing", "a b", 'b'},
           {"a region removed is like one that is down", "a c d", 'c'},
           {"disabled is never chosen", "a b! c d", 'c'},
           {"drained is left alone", "a b~ c d", 'c'},
           {"drained is better than dead", "a- b~ c- d-", 'b'},
           {"unknown comes after known-good, however near", "a b? c d", 'c'},
           {"unknown is better than down", "a- b- c? d?", 'c'},
           {"unknown is better than drained", "a? b~ c- d-", 'a'},
           {"all down: the nearest as if all were up", "a- b- c- d-", 'b', AllDown},
           {"nobody enabled: no data", "a! b!", '-', NoData},
           {"nobody configured: no data", "", '-', NoData},
       }) {
    world.pool({}, gateways(world, c.gateways));
    for (const Family family : {Family::V4, Family::V6}) {
      const Choice choice = world.choose("198.51.100.0/24", family);
      EXPECT_EQ(world.letter(choice.region), c.region) << c.story;
      EXPECT_EQ(choice.outcome, c.outcome) << c.story;
      EXPECT_EQ(choice.answer == nullptr, c.outcome == NoData) << c.story;
    }
  }
}

TEST(Steer, TheAnswerIsTheRegionsAddress) {
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}}).pool({}, gateways(world, "a b"));
  EXPECT_EQ(world.choose("198.51.100.9", Family::V4).answer->addresses.at(0).to_text(), "192.0.2.2");
  EXPECT_EQ(world.choose("198.51.100.9", Family::V6).answer->addresses.at(0).to_text(), "2001:db8::2");
}

TEST(Steer, EveryCellIsOfTheFinestSourceThatHasIt) {
  World world("abcd");
  world.row("0.0.0.0/0", {{'a', 1ms}, {'b', 1ms}, {'c', 1ms}, {'d', 50ms}})
      .row("198.51.0.0/16", {{'b', 60ms}, {'c', 30ms}})
      .cover("198.51.100.0/24", 0)
      .row("198.51.100.0/24", {{'a', 70ms}, {'b', 5ms}}, 0)
      .row("198.51.100.0/24", {{'a', 1ms}}, 1)
      .measured(0, {{'b', 80ms}})
      .median({{'a', 2ms}, {'b', 2ms}, {'c', 2ms}, {'d', 2ms}});
  // In 198.51.100.0/24: a 70 (the earlier table), b 80 (the vantage), c 30 (/16), d 50 (/0; the median is coarser).
  struct Case {
    const char* gateways;
    char region;
  };
  for (const Case& c : {Case{"a b c d", 'c'}, {"a b d", 'd'}, {"a b", 'a'}, {"b", 'b'}}) {
    world.pool({}, gateways(world, c.gateways));
    EXPECT_EQ(world.region("198.51.100.1"), c.region) << c.gateways;
  }
  world.pool({}, gateways(world, "b d"));
  EXPECT_EQ(world.region("198.51.1.1"), 'd') << "b 60 of the /16 against d 50 of the /0";
  EXPECT_EQ(world.region("2001:db8:9::1"), 'b') << "IPv6 has the median alone; equal there: the first of its order";
}

TEST(Steer, WithoutAnyEstimateTheFirstConfigured) {
  World world("abc");
  world.row("198.51.100.0/24", {{'c', 900ms}});
  world.pool({}, gateways(world, "b a"));
  EXPECT_EQ(world.region("198.51.100.1"), 'b');
  world.pool({}, gateways(world, "b a c"));
  EXPECT_EQ(world.region("198.51.100.1"), 'c') << "a region that is measured comes before those that are not";
}

TEST(Steer, ACalmOrderIsKeptThoughItsHeldValuesCross) {
  World world("ab");
  world.cover("198.51.100.0/24", 0).measured(0, {{'a', 32ms}, {'b', 30ms}});  // in this order
  world.pool({}, gateways(world, "a b"));
  EXPECT_EQ(world.region("198.51.100.1"), 'a');
}

TEST(Steer, FamiliesAreMeasuredApartAndRankedTogetherIfAsked) {
  World world("ab");
  world.cover("198.51.100.0/24", 0).build();
  world.steering.rows_v4.by_vantage = {world.live({{'a', 10ms}, {'b', 20ms}})};
  world.steering.rows_v6.by_vantage = {world.live({{'b', 10ms}, {'a', 20ms}})};
  world.pool({}, gateways(world, "a b"));
  EXPECT_EQ(world.region("198.51.100.1", Family::V4), 'a');
  EXPECT_EQ(world.region("198.51.100.1", Family::V6), 'b');
  PoolSpec together;
  together.families_together = true;
  world.pool(together, gateways(world, "a b"));
  EXPECT_EQ(world.region("198.51.100.1", Family::V6), 'a');
}

TEST(Steer, AVantagesVerdictMovesOnlyTheClientsItCovers) {
  World world("ab");
  world.row("198.51.0.0/16", {{'a', 10ms}, {'b', 20ms}}).cover("198.51.100.0/24", 4);
  auto list = gateways(world, "a b");
  list[0].addresses[0].dissent = {{4, Verdict::Down}};
  world.pool({}, list);
  EXPECT_EQ(world.region("198.51.100.1"), 'b');
  EXPECT_EQ(world.region("198.51.101.1"), 'a');
  EXPECT_EQ(world.region("198.51.100.1", Family::V6), 'a') << "its IPv6 is fine";
  EXPECT_EQ(world.scope("198.51.100.1"), 24);
}

TEST(Steer, WhoTheClientIs) {
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}})
      .row("203.0.113.0/24", {{'b', 10ms}, {'a', 20ms}})
      .row("2001:db8:a::/48", {{'a', 10ms}, {'b', 20ms}})
      .row("2001:db8:b::/48", {{'b', 10ms}, {'a', 20ms}})
      .pool({}, gateways(world, "a b"));
  struct Case {
    const char* story;
    const char* subnet;
    const char* resolver;
    char region;
    int scope;
  };
  for (const Case& c : {
           Case{"no subnet: the resolver", "", "203.0.113.53", 'b', 0},
           {"a resolver that is v4-mapped", "", "::ffff:203.0.113.53", 'b', 0},
           {"the subnet before the resolver", "198.51.100.0/24", "203.0.113.53", 'a', 24},
           {"a whole address", "198.51.100.77/32", "203.0.113.53", 'a', 24},
           {"a subnet wider than its block: its first address, scope longer than SOURCE", "198.51.100.0/22",
            "203.0.113.53", 'a', 24},
           {"SOURCE 0: the resolver, scope 0", "0.0.0.0/0", "203.0.113.53", 'b', 0},
           {"SOURCE 0 of IPv6", "::/0", "2001:db8:b::53", 'b', 0},
           {"IPv6", "2001:db8:a::/56", "203.0.113.53", 'a', 48},
           {"a private subnet: the resolver, scope of the private block", "10.1.2.0/24", "203.0.113.53", 'b', 8},
           {"a unique local one", "fd12:3456::/48", "2001:db8:b::53", 'b', 7},
           {"v4-mapped folds, and its scope back", "::ffff:198.51.100.0/120", "203.0.113.53", 'a', 120},
           {"NAT64", "64:ff9b::203.0.113.0/120", "198.51.100.1", 'b', 120},
           {"6to4", "2002:c633:6400::/48", "203.0.113.53", 'a', 40},
           {"6to4 of a private subnet", "2002:a01:200::/40", "203.0.113.53", 'b', 24},
       }) {
    const auto family = c.subnet[0] ? Prefix::parse(c.subnet)->family() : Family::V4;
    const Choice choice = world.choose(c.subnet, Family::V4, c.resolver);
    EXPECT_EQ(world.letter(choice.region), c.region) << c.story;
    EXPECT_EQ(choice.scope_prefix_len, c.scope) << c.story;
    const auto subnet = c.subnet[0] ? Prefix::parse(c.subnet) : std::nullopt;
    const Client client = locate(world.steering, subnet, *IpAddress::parse(c.resolver));
    EXPECT_EQ(client.has_subnet, subnet.has_value());
    if (subnet) {
      EXPECT_EQ(client.subnet_family, family);
    }
  }
}

TEST(Steer, ScopeIsZeroOnlyWhereAllAgree) {
  struct Case {
    const char* story;
    const char* gateways;
    AllDown all_down;
    int v4, v6;  // scopes of 198.51.100.1 and 2001:db8::1
  };
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}});
  for (const Case& c : {
           Case{"two to choose from; IPv6 is divided by 2002::/16 alone", "a b", AllDown::ServeNearest, 24, 15},
           {"one gateway", "a", AllDown::ServeNearest, 0, 0},
           {"one that is up", "a b-", AllDown::ServeNearest, 0, 0},
           {"all down, nearest", "a- b-", AllDown::ServeNearest, 24, 15},
           {"all down, all", "a- b-", AllDown::ServeAll, 0, 0},
           {"no data", "a- b-", AllDown::NoData, 0, 0},
           {"server failure", "a- b-", AllDown::ServFail, 0, 0},
           {"nothing enabled", "a!", AllDown::ServeNearest, 0, 0},
       }) {
    PoolSpec spec;
    spec.all_down = c.all_down;
    world.pool(spec, gateways(world, c.gateways));
    EXPECT_EQ(world.scope("198.51.100.1"), c.v4) << c.story;
    EXPECT_EQ(world.scope("2001:db8::1"), c.v6) << c.story;
  }
  World trivial("ab");
  trivial.median({{'b', 10ms}, {'a', 20ms}}).pool({}, gateways(trivial, "a b"));
  EXPECT_EQ(trivial.region("198.51.100.1"), 'b');
  EXPECT_EQ(trivial.scope("198.51.100.1"), 0) << "no map: nothing divides the clients";

  World everybody("ab");
  everybody.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}}).pool({}, gateways(everybody, "a b"));
  EXPECT_GE(everybody.scope("198.51.100.1"), 1) << "scope 0 would speak for IPv6, too";
}

TEST(Steer, TheTtlIsLoweredWhereASwapIsNearInTheRowThatDecides) {
  // Of whose row nothing swaps is given what was configured, whatever others' rows do.
  std::vector<SwapCase> cases = swap_cases();
  const PoolSpec latency;
  cases.insert(cases.end(), {{"by a region further back", latency, "abc", 0, "ac", "198.51.100.0/24", true},
                             {"another vantage's", latency, "abc", 1, "ab", "198.51.100.0/24", false},
                             {"the median's, but it has a row", latency, "abc", kNoVantage, "ab", "198.51.100.0/24", false},
                             {"a table's client", latency, "abc", 0, "ab", "192.0.2.0/24", false}});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    World world = swap_world(c);
    const Choice before = world.choose(c.client);
    EXPECT_EQ(before.lowered_ttl, 0u);
    const Choice after = world.swapping(c.vantage, c.swap[0], c.swap[1]).choose(c.client);
    EXPECT_EQ(after.lowered_ttl, c.lowered ? c.spec.ttl_min : 0);
    EXPECT_EQ(after.answer, before.answer);
    EXPECT_EQ(after.scope_prefix_len, before.scope_prefix_len);
    EXPECT_EQ(world.explained(c.client).ttl_reason, c.lowered ? TtlReason::Swapping : TtlReason::Configured);
  }
}

TEST(Steer, AnAnswerOfAPoolInThePoolIsLoweredByThatPoolsSwaps) {
  World world("ab");
  world.cover("198.51.100.0/24", 0).measured(0, {{'a', 10ms}, {'b', 20ms}}).swapping(0, 'a', 'b');
  PoolSpec inner, outer;
  inner.ttl_min = 3;
  world.pool(outer, {world.nest(0, "both", inner, {world.up('a'), world.up('b')})});
  EXPECT_EQ(world.choose("198.51.100.0/24").lowered_ttl, 3u);
}

}  // namespace
}  // namespace isochrone::steer
