// A pool as a gateway of another: when it is up, how it is ranked, what its clients are given and for whom that holds.

#include <gtest/gtest.h>

#include <functional>

#include "steer/explain.h"
#include "world.h"

namespace isochrone::steer {
namespace {

PoolSpec named(std::string name, Routing routing) {
  PoolSpec spec;
  spec.name = "zone/" + std::move(name);
  spec.routing = routing;
  return spec;
}

// "ab-c?d~": gateways by letter; down (-), without a verdict (?), drained (~).
std::vector<GatewayState> row_of(const World& world, std::string_view text) {
  std::vector<GatewayState> result;
  for (const char c : text) {
    if (c >= 'a' && c <= 'f') result.push_back(world.up(c));
    if (c == '~') result.back().drained = true;
    for (auto& address : result.back().addresses)
      if (c == '-' || c == '?') address.quorum = c == '-' ? Verdict::Down : Verdict::Unknown;
  }
  return result;
}

// a b c are one pool, ranked by latency, d e another; the outer one prefers the first. For 198.51.100.0/24 c is nearest,
// then b, a, e, d.
TEST(Nesting, APoolIsUpWhileEnoughOfItsGatewaysAre) {
  struct Case {
    const char* story;
    const char* first;
    uint16_t min_healthy;
    char given;
    Outcome outcome = Outcome::Steered;
    const char* second = "de";
  };
  for (const Case& c : {
           Case{"all are: the first pool, and its nearest", "abc", 1, 'c'},
           {"one is enough", "ab-c-", 1, 'a'},
           {"none is", "a-b-c-", 1, 'e'},
           {"two are wanted, and there are", "ab-c", 2, 'c'},
           {"two are wanted, one is left", "ab-c-", 2, 'e'},
           {"three are wanted", "abc-", 3, 'e'},
           {"one without a verdict does not count, and yet it is not down", "a?b-c-", 1, 'e'},
           {"drained ones do not count", "ab~c~", 2, 'e'},
           {"but they are better than all down", "ab~c~", 2, 'a', Outcome::Steered, "d-e-"},
           {"the second is down as well: as if all were up", "a-b-c-", 1, 'c', Outcome::AllDown, "d-e-"},
           {"too few in the first, none in the second: what the first has", "ab-c-", 2, 'a', Outcome::AllDown, "d-e-"},
       }) {
    World world("abcdef");
    world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 20ms}, {'c', 10ms}, {'d', 50ms}, {'e', 40ms}});
    std::vector<GatewayState> outer{world.nest(0, "first", named("first", Routing::Latency), row_of(world, c.first), c.min_healthy),
                                    world.nest(1, "second", named("second", Routing::Latency), row_of(world, c.second))};
    outer[0].priority = 1, outer[1].priority = 2;
    world.pool(named("outer", Routing::Priority), outer);
    const Choice choice = world.choose("198.51.100.0/24");
    EXPECT_EQ(world.letter(choice.region), c.given) << c.story;
    EXPECT_EQ(choice.gateway, world.letters.size() + (c.given > 'c')) << c.story;
    EXPECT_EQ(choice.outcome, c.outcome) << c.story;
    ASSERT_TRUE(choice.answer) << c.story;
    EXPECT_EQ(choice.answer->addresses.size(), 1u) << c.story;
  }
}

TEST(Nesting, TheFamiliesAreApart) {
  World world("ab");
  std::vector<GatewayState> inner{world.up('a'), world.up('a')};
  inner[0].addresses[1].quorum = Verdict::Down;
  inner.pop_back();
  std::vector<GatewayState> outer{world.nest(0, "inner", named("inner", Routing::Latency), inner), world.up('b')};
  outer[0].priority = 1, outer[1].priority = 2;
  world.pool(named("outer", Routing::Priority), outer);
  EXPECT_EQ(world.region("198.51.100.0/24"), 'a');
  EXPECT_EQ(world.region("198.51.100.0/24", Family::V6), 'b');
  outer[0].min_healthy_v4 = 2;
  world.pool(named("outer", Routing::Priority), outer);
  EXPECT_EQ(world.region("198.51.100.0/24"), 'b');
}

TEST(Nesting, EachMethodRanksAPoolByTheBestOfWhatItWouldGive) {
  struct Case {
    const char* story;
    Routing outer, inner;
    const char* gateways;
    char given;
    DecidedBy by;
  };
  using enum DecidedBy;
  for (const Case& c : {
           Case{"latency of latency", Routing::Latency, Routing::Latency, "ab", 'b', Latency},
           {"its best is down", Routing::Latency, Routing::Latency, "ab-", 'c', Latency},
           {"latency of priority: by its first", Routing::Latency, Routing::Priority, "ab", 'c', Latency},
           {"latency of priority: by who is first now", Routing::Latency, Routing::Priority, "a-b", 'b', Latency},
           {"by the way, of latency", Routing::Proximity, Routing::Latency, "ab", 'b', Proximity},
           {"by the way, its nearest is down", Routing::Proximity, Routing::Latency, "a-b", 'c', Proximity},
       }) {
    World world("abc");
    world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}});
    world.in("198.51.100.0/24", "", {{'a', 100}, {'b', 900}, {'c', 500}});
    auto inner = row_of(world, c.gateways);
    inner[0].priority = 1, inner[1].priority = 2;
    world.pool(named("outer", c.outer), {world.nest(0, "inner", named("inner", c.inner), inner), world.up('c')});
    EXPECT_EQ(world.region("198.51.100.0/24"), c.given) << c.story;
    const Explanation e = world.explained("198.51.100.0/24");
    EXPECT_EQ(to_text(e.decided_by), to_text(c.by)) << c.story;
    EXPECT_TRUE(e.lines[0].chosen) << c.story;
    EXPECT_EQ(e.nested.size(), c.given == 'c' ? 0u : 1u) << c.story;
    if (c.given == 'c') continue;
    EXPECT_EQ(e.nested_name, "inner") << c.story;
    const auto& lines = e.nested[0].lines;
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](auto& l) { return l.chosen && world.letter(l.region) == c.given; })) << c.story;
  }
}

TEST(Nesting, ServesSharesAndShedsLikeAnyGateway) {
  World world("abcd");
  auto outer = std::vector<GatewayState>{world.nest(0, "one", named("one", Routing::Latency), row_of(world, "ab")),
                                         world.nest(1, "two", named("two", Routing::Latency), row_of(world, "cd"))};
  const auto share_of_first = [&](auto ask) {
    int count = 0;
    for (uint32_t i = 0; i < 1024; ++i) {
      const std::string network = Prefix::make(IpAddress::v4(0x64000000u + (i << 12)), 20).to_text();
      count += ask(network);
      EXPECT_EQ(world.scope(network), 20);
    }
    return count / 1024.0;
  };
  const auto is_first = [&](const std::string& network) { return world.choose(network).gateway == 4; };
  outer[0].weight = 3;
  world.pool(named("outer", Routing::Weighted), outer);
  EXPECT_NEAR(share_of_first(is_first), 0.75, 0.06);
  outer[0].shed_v4 = 300;
  world.pool(named("outer", Routing::Latency), outer);
  EXPECT_NEAR(share_of_first(is_first), 0.7, 0.06);
  // The same networks are shared within the pool by another draw.
  outer[0] = world.nest(0, "one", named("one", Routing::Weighted), row_of(world, "ab"));
  world.pool(named("outer", Routing::Weighted), outer);
  std::map<char, int> count;
  share_of_first([&](const std::string& network) { return ++count[world.region(network)], true; });
  EXPECT_NEAR(count['a'] / 1024.0, 0.25, 0.06);
  EXPECT_NEAR(count['b'] / 1024.0, 0.25, 0.06);
}

TEST(Nesting, VerdictsOfAVantageReachThrough) {
  World world("ab");
  world.cover("198.51.100.0/24", 4);
  auto inner = row_of(world, "a");
  for (auto& address : inner[0].addresses) address.dissent = {{4, Verdict::Down}};
  std::vector<GatewayState> outer{world.nest(0, "inner", named("inner", Routing::Latency), inner), world.up('b')};
  outer[0].priority = 1, outer[1].priority = 2;
  world.pool(named("outer", Routing::Priority), outer);
  EXPECT_EQ(world.region("198.51.100.1"), 'b');
  EXPECT_EQ(world.scope("198.51.100.1"), 24);
  EXPECT_EQ(world.region("198.51.101.1"), 'a');
}

TEST(Nesting, TheScopeIsOfBothChoices) {
  World world("abc");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
  const auto scope_with = [&](Routing outer, Routing inner, const char* gateways, bool alone) {
    std::vector<GatewayState> list{world.nest(0, "inner", named("inner", inner), row_of(world, gateways))};
    if (!alone) list.push_back(world.up('c'));
    for (size_t i = 0; i < list.size(); ++i) list[i].priority = static_cast<uint16_t>(i + 1);
    world.pool(named("outer", outer), list);
    return world.scope("198.51.100.0/24");
  };
  EXPECT_EQ(scope_with(Routing::Priority, Routing::Priority, "a", false), 0) << "the same for all";
  EXPECT_EQ(scope_with(Routing::Latency, Routing::Latency, "a", true), 0) << "one gateway of one pool";
  EXPECT_EQ(scope_with(Routing::Priority, Routing::Latency, "ab", false), 24) << "the inner pool's";
  EXPECT_EQ(scope_with(Routing::Latency, Routing::Latency, "a", false), 24) << "the outer pool's";
  EXPECT_EQ(scope_with(Routing::Latency, Routing::Latency, "ab", true), 24) << "one pool, in which the client matters";
}

TEST(Nesting, SeveralLevelsAndServeAll) {
  World world("abc");
  GatewayState level = world.nest(0, "level", named("level0", Routing::Latency), row_of(world, "ab-"));
  for (int i = 1; i < 10; ++i) level = world.nest(0, "level", named("level" + std::to_string(i), Routing::Latency), {level});
  std::vector<GatewayState> outer{level, world.down('c')};
  world.pool(named("outer", Routing::Latency), outer);
  EXPECT_EQ(world.region("198.51.100.0/24"), 'a');
  const Explanation* e = nullptr;
  const Explanation outermost = world.explained("198.51.100.0/24");
  int depth = 0;
  for (e = &outermost; !e->nested.empty(); e = &e->nested[0]) ++depth;
  EXPECT_EQ(depth, 10);
  EXPECT_EQ(regions_of(*world.steering.pools[0]).size(), 3);

  PoolSpec spec = named("outer", Routing::Latency);
  spec.all_down = AllDown::ServeAll;
  world.pool(spec, {world.nest(0, "inner", named("inner", Routing::Latency), row_of(world, "a-b-")), world.down('c')});
  const Choice choice = world.choose("198.51.100.0/24");
  EXPECT_EQ(choice.outcome, Outcome::AllDown);
  EXPECT_EQ(choice.answer->addresses.size(), 3u) << "those of the pool among them";
}

}  // namespace
}  // namespace isochrone::steer
