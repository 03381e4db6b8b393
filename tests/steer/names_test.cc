// Gateways that are names: one CNAME, whatever is asked for, chosen as addresses are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steer/merge.h"
#include "world.h"

namespace isochrone::steer {
namespace {

TEST(Names, TheAnswerIsEncodedAsItIsSent) {
  World world("ab");
  PoolSpec spec;
  spec.ttl = 0x01020304;
  const auto pool = make_pool(spec, {world.named('a')});
  EXPECT_TRUE(pool->gives_names);
  const Answer& answer = pool->v4.answers.at(0);
  EXPECT_THAT(answer.wire, testing::ElementsAreArray({0xc0, 0x0c, 0, 5, 0, 1, 1, 2, 3, 4, 0, 14, 1, int{'a'}, 5, int{'n'}, int{'a'}, int{'m'}, int{'e'},
                                                      int{'s'}, 4, int{'t'}, int{'e'}, int{'s'}, int{'t'}, 0}));
  EXPECT_EQ(answer.type, wire::Type::CNAME);
  EXPECT_EQ(answer.name, "a.names.test");
  EXPECT_EQ(answer.count, 1);
}

TEST(Names, BothFamiliesAreGivenTheSame) {
  World world("ab");
  world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}}).row("198.51.100.0/24", {{'a', 20ms}, {'b', 10ms}}).pool({}, {world.named('a'), world.named('b')});
  // What IPv6 measures would have put b first.
  world.steering.rows_v4.median = world.live({{'a', 1ms}, {'b', 2ms}});
  world.steering.rows_v6.median = world.live({{'a', 2ms}, {'b', 1ms}});
  for (const Family family : {Family::V4, Family::V6}) {
    EXPECT_EQ(world.region("203.0.113.0/24", family), 'a');
    EXPECT_EQ(world.region("2001:db8::/48", family), 'a');
    EXPECT_EQ(world.choose("198.51.100.0/24", family).answer->name, "b.names.test");
    EXPECT_EQ(world.choose("198.51.100.0/24", family).scope_prefix_len, 24);
  }
}

TEST(Names, VerdictsAndAllDownAreThoseOfAddresses) {
  World world("abc");
  world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}}).row("::/0", {{'a', 10ms}, {'b', 20ms}});
  const auto given = [&](PoolSpec spec, std::vector<GatewayState> gateways) {
    world.pool(spec, std::move(gateways));
    return world.choose("198.51.100.0/24");
  };
  EXPECT_EQ(given({}, {world.named('a', Verdict::Down), world.named('b')}).answer->name, "b.names.test");
  EXPECT_EQ(given({}, {world.named('a', Verdict::Unknown), world.named('b')}).answer->name, "b.names.test") << "not resolved yet: after those known";
  EXPECT_EQ(given({}, {world.named('a', Verdict::Unknown), world.named('b', Verdict::Down)}).answer->name, "a.names.test");

  const Choice down = given({}, {world.named('a', Verdict::Down), world.named('b', Verdict::Down)});
  EXPECT_EQ(down.outcome, Outcome::AllDown);
  EXPECT_EQ(down.answer->name, "a.names.test");
  EXPECT_EQ(down.answer->ttl, 5u);

  auto failing = world.named('a');
  failing.addresses[0].failing = true;
  EXPECT_EQ(given({}, {failing, world.named('b')}).answer->ttl_reason, TtlReason::Failing);

  auto disabled = world.named('a');
  disabled.enabled = false;
  EXPECT_EQ(given({}, {disabled}).outcome, Outcome::NoData);
}

TEST(Names, EveryMethodButMultivalueTakesThem) {
  World world("abc");
  world.row("0.0.0.0/0", {{'a', 30ms}, {'b', 20ms}, {'c', 10ms}});
  for (const auto& [routing, letter] : {std::pair{Routing::Latency, 'c'}, {Routing::Priority, 'b'}, {Routing::Weighted, 'a'}}) {
    PoolSpec spec;
    spec.routing = routing;
    std::vector<GatewayState> gateways{world.named('a'), world.named('b'), world.named('c')};
    gateways[0].priority = 2, gateways[2].priority = 3;
    gateways[0].weight = 1000;
    world.pool(spec, std::move(gateways));
    EXPECT_EQ(world.region("198.51.100.0/24"), letter);
  }
  // And in a pool of another.
  PoolSpec inner;
  inner.name = "inner";
  world.pool({}, {world.nest(0, "emea", inner, {world.named('b'), world.named('c')})});
  EXPECT_TRUE(world.steering.pools[0]->gives_names);
  EXPECT_EQ(world.choose("198.51.100.0/24").answer->name, "c.names.test");
}

TEST(Names, NeighboursWithTheSameNameAreMerged) {
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}}).row("198.51.101.0/24", {{'a', 1ms}, {'b', 2ms}}).row("0.0.0.0/0", {{'a', 20ms}, {'b', 10ms}});
  world.row("::/0", {{'a', 20ms}, {'b', 10ms}}).pool({}, {world.named('a'), world.named('b')});
  const uint32_t place = world.steering.map->blocks().find(*IpAddress::parse("198.51.100.1")).place;
  for (const Family family : {Family::V4, Family::V6}) EXPECT_EQ(merge(world.steering, *world.steering.pools[0], family).len_of[place], 23);
}

}  // namespace
}  // namespace isochrone::steer
