#include "steer/explain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "steer/telling.h"
#include "world.h"

namespace isochrone::steer {
namespace {

Explanation ask(const World& world, std::string_view subnet, Family family = Family::V4) {
  const auto prefix = subnet.empty() ? std::nullopt : Prefix::parse(subnet);
  return explain(world.steering, 0, family, locate(world.steering, prefix, *IpAddress::parse("203.0.113.53")));
}

TEST(Explain, TellsEachGatewaysEstimateSourceAndPlace) {
  World world("abcde");
  world.row("198.51.100.0/24", {{'a', 30ms}}, 1)
      .cover("198.51.0.0/16", 0)
      .measured(0, {{'b', 20ms}, {'c', 10ms}})
      .median({{'d', 5ms}});
  GatewayState disabled = world.up('e'), drained = world.up('d');
  disabled.enabled = false;
  drained.drained = true;
  world.pool({}, {disabled, drained, world.up('a'), world.up('b'), world.down('c')});
  const Explanation e = ask(world, "198.51.100.0/24");
  ASSERT_EQ(e.lines.size(), 5u);
  const auto& [b, a, dis, dra, c] = std::tie(e.lines[0], e.lines[1], e.lines[2], e.lines[3], e.lines[4]);
  using From = Explanation::From;

  EXPECT_EQ(world.letter(b.region), 'b');
  EXPECT_TRUE(b.chosen && b.eligible);
  EXPECT_EQ(b.position, 1);
  EXPECT_EQ(b.estimate->value(), 20ms);
  EXPECT_EQ(b.from, From::Vantage);
  EXPECT_EQ(b.vantage, 0);
  EXPECT_EQ(b.prefix_len, 16);

  EXPECT_EQ(world.letter(a.region), 'a');
  EXPECT_EQ(a.position, 2);
  EXPECT_EQ(a.from, From::Table);
  EXPECT_EQ(a.table, 1);
  EXPECT_EQ(a.prefix_len, 24);
  EXPECT_FALSE(a.chosen);

  EXPECT_EQ(world.letter(dis.region), 'e');
  EXPECT_FALSE(dis.enabled || dis.eligible || dis.estimate);
  EXPECT_EQ(world.letter(dra.region), 'd');
  EXPECT_TRUE(dra.drained && !dra.eligible);
  EXPECT_EQ(dra.from, From::Median);
  EXPECT_EQ(world.letter(c.region), 'c');
  EXPECT_EQ(c.verdict, Verdict::Down);
  EXPECT_EQ(c.estimate->value(), 10ms) << "what it would have been worth";

  EXPECT_EQ(e.vantage, 0);
  EXPECT_EQ(e.decided_by, DecidedBy::Latency);
  EXPECT_EQ(e.scope_reason, ScopeReason::Block);
  EXPECT_EQ(e.ttl_reason, TtlReason::Configured);
}

TEST(Explain, SaysWhatDecided) {
  struct Case {
    const char* story;
    PoolSpec spec;
    std::vector<GatewayState> gateways;
    const char* subnet;
    DecidedBy by;
    ScopeReason scope;
    TtlReason ttl = TtlReason::Configured;
  };
  World world("abc");
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}});
  PoolSpec tolerant, all, none, fail, fixed;
  tolerant.tolerance = 50ms;
  all.all_down = AllDown::ServeAll;
  none.all_down = AllDown::NoData;
  fail.all_down = AllDown::ServFail;
  fixed.all_down = AllDown::Address;
  fixed.all_down_addresses = {*IpAddress::parse("192.0.2.99")};
  GatewayState failing = world.up('b');
  failing.addresses[0].failing = true;
  for (const Case& c : {
           Case{"latency", {}, {world.up('a'), world.up('b')}, "198.51.100.0/24", DecidedBy::Latency, ScopeReason::Block},
           {"weights", tolerant, {world.up('a'), world.up('b')}, "198.51.100.0/24", DecidedBy::Weights, ScopeReason::Block},
           {"a band of one", tolerant, {world.up('b'), world.up('c')}, "198.51.100.0/24", DecidedBy::Latency, ScopeReason::Block},
           {"nothing measured", {}, {world.up('a'), world.up('b')}, "192.0.2.0/24", DecidedBy::ConfigOrder, ScopeReason::Block},
           {"one left", {}, {world.up('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::OnlyOne, ScopeReason::SameForAll},
           {"failing", {}, {world.up('a'), failing}, "198.51.100.0/24", DecidedBy::Latency, ScopeReason::Block, TtlReason::Failing},
           {"no subnet", {}, {world.up('a'), world.up('b')}, "", DecidedBy::ConfigOrder, ScopeReason::NoSubnet},
           {"SOURCE 0", {}, {world.up('a'), world.up('b')}, "0.0.0.0/0", DecidedBy::ConfigOrder, ScopeReason::SourceZero},
           {"private", {}, {world.up('a'), world.up('b')}, "10.0.0.0/24", DecidedBy::ConfigOrder, ScopeReason::PrivateBlock},
           {"all down", {}, {world.down('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::Latency, ScopeReason::Block, TtlReason::AllDown},
           {"serve all", all, {world.down('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::ServeAll, ScopeReason::SameForAll, TtlReason::AllDown},
           {"no data", none, {world.down('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::AllDownNoData, ScopeReason::Negative, TtlReason::AllDown},
           {"failure", fail, {world.down('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::AllDownServFail, ScopeReason::Negative},
           {"fixed", fixed, {world.down('a'), world.down('b')}, "198.51.100.0/24", DecidedBy::FixedAddress, ScopeReason::SameForAll, TtlReason::AllDown},
           {"nobody", {}, {}, "198.51.100.0/24", DecidedBy::NoGateway, ScopeReason::Negative},
       }) {
    world.pool(c.spec, c.gateways);
    const Explanation e = ask(world, c.subnet);
    EXPECT_EQ(to_text(e.decided_by), to_text(c.by)) << c.story;
    EXPECT_EQ(to_text(e.scope_reason), to_text(c.scope)) << c.story;
    EXPECT_EQ(to_text(e.ttl_reason), to_text(c.ttl)) << c.story;

    // A recorder changes nothing.
    const Choice plain = world.choose(c.subnet);
    EXPECT_EQ(plain.answer, e.choice.answer) << c.story;
    EXPECT_EQ(plain.region, e.choice.region) << c.story;
    EXPECT_EQ(plain.scope_prefix_len, e.choice.scope_prefix_len) << c.story;
  }
}

// For AAAA: a's IPv4 is down, b has none, c is as well as can be, d is down itself.
TEST(Explain, SaysWhyTheOtherFamilyLeavesAGatewayOut) {
  World world("abcd");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 50ms}, {'c', 200ms}, {'d', 5ms}});
  std::vector<GatewayState> gateways{world.up('a'), world.up('b'), world.up('c'), world.down('d')};
  gateways[0].addresses[0].quorum = Verdict::Down;
  gateways[1].addresses.erase(gateways[1].addresses.begin());
  PoolSpec spec;
  spec.families_together = true;
  world.pool(spec, gateways);
  const auto told = [&world](Family family) {
    const Explanation e = ask(world, "198.51.100.0/24", family);
    const std::vector<std::string> tables{"t.csv"};
    const Telling telling(world.steering, tables, *world.steering.pools[0], e);
    std::string out;
    for (const auto& line : e.lines) out += fmt::format("{}: {}\n", telling.region(line.region), telling.verdict(line));
    return out;
  };
  EXPECT_EQ(told(Family::V6), "c: up\na: up, but its IPv4 is down, and families are together\nb: up, but it has no IPv4, and families are together\nd: down\n");
  EXPECT_EQ(told(Family::V4), "c: up\na: down\nb: no address\nd: down\n");
  spec.families_together = false;
  world.pool(spec, gateways);
  EXPECT_EQ(told(Family::V6), "a: up\nb: up\nc: up\nd: down\n");
  spec.families_together = true;
  world.pool(spec, {gateways[1]});
  const Explanation none = ask(world, "198.51.100.0/24", Family::V6);
  const std::vector<std::string> tables;
  EXPECT_EQ(Telling(world.steering, tables, *world.steering.pools[0], none).decided(), "no enabled gateway has addresses of both families, and they are together");
}

TEST(Explain, SaysThatWeightsWidenedNothingButCutTheNetwork) {
  World world("ab");
  world.row("192.0.0.0/8", {{'a', 10ms}, {'b', 11ms}});
  PoolSpec spec;
  spec.tolerance = 5ms;
  world.pool(spec, {world.up('a'), world.up('b')});
  const Explanation e = ask(world, "192.1.2.0/24");
  EXPECT_EQ(e.scope_reason, ScopeReason::WeightCut);
  EXPECT_EQ(e.choice.scope_prefix_len, 20);
  EXPECT_TRUE(e.lines[0].in_band && e.lines[1].in_band);
}

}  // namespace
}  // namespace isochrone::steer
