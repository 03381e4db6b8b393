// What a change does: who moves, from where to where, and what it costs; and that it is steer() who says so.

#include "steer/impact.h"

#include <gtest/gtest.h>

#include <random>

#include "world.h"

namespace isochrone::steer {
namespace {

const PoolPair kPool{0, 0, Family::V4};

// Three networks: one near each region.
World three() {
  World world("abc");
  world.row("10.0.0.0/8", {{'a', 100ms}, {'b', 100ms}, {'c', 100ms}});
  world.row("192.0.2.0/24", {{'a', 10ms}, {'b', 20ms}, {'c', 50ms}});
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 5ms}, {'c', 60ms}});
  world.row("203.0.113.0/24", {{'a', 90ms}, {'b', 80ms}, {'c', 15ms}});
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  return world;
}

std::vector<WeightedClient> networks(std::initializer_list<std::pair<std::string_view, double>> list) {
  std::vector<WeightedClient> out;
  for (const auto& [prefix, weight] : list) out.push_back({*Prefix::parse(prefix), weight});
  return out;
}

const std::vector<WeightedClient> kClients = networks({{"192.0.2.0/24", 1}, {"198.51.100.0/24", 2}, {"203.0.113.0/24", 5}});

TEST(Impact, OfNothing) {
  const World world = three();
  const Impact impact = measure_impact(world.steering, world.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.total.clients, 8);
  EXPECT_EQ(impact.total.moved, 0);
  EXPECT_EQ(impact.total.judged, 8);
  EXPECT_DOUBLE_EQ(impact.total.ms_before, 10 + 2 * 5 + 5 * 15);
  EXPECT_EQ(impact.load_before, (std::vector<double>{1, 2, 5, 0, 0}));
  EXPECT_EQ(impact.load_after, impact.load_before);
  EXPECT_TRUE(impact.moves.empty());
}

TEST(Impact, OfARegionLost) {
  World before = three(), after = three();
  after.pool({}, {after.up('a'), after.down('b'), after.up('c')});
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.total.moved, 2);
  EXPECT_EQ(impact.total.lost, 0);
  ASSERT_EQ(impact.moves.size(), 1u);
  EXPECT_EQ(impact.regions[impact.moves[0].from], "b");
  EXPECT_EQ(impact.regions[impact.moves[0].to], "a");
  EXPECT_DOUBLE_EQ(impact.moves[0].ms, 2 * 25.0);
  EXPECT_DOUBLE_EQ(impact.spread.mean, 25);
  EXPECT_DOUBLE_EQ(impact.spread.p95, 25);
  EXPECT_DOUBLE_EQ(impact.spread.worst, 25);
  EXPECT_EQ(impact.load_after, (std::vector<double>{3, 0, 5, 0, 0}));
}

TEST(Impact, OfAllThatIsLost) {
  World before = three(), after = three();
  PoolSpec spec;
  spec.all_down = AllDown::ServFail;
  after.pool(spec, {after.down('a'), after.down('b'), after.down('c')});
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.total.lost, 8);
  EXPECT_EQ(impact.load_after[impact.no_answer()], 8);
  EXPECT_EQ(impact.spread.moved, 0) << "what nobody gives costs no milliseconds";
}

TEST(Impact, OfAllThatIsDownAndGivenNevertheless) {
  World before = three(), after = three();
  after.pool({}, {after.down('a'), after.down('b'), after.down('c')});
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.total.moved, 0);
  EXPECT_EQ(impact.total.down, 8);
  EXPECT_EQ(impact.total.affected, 8);
  EXPECT_EQ(measure_impact(after.steering, after.steering, {{kPool}}, kClients).total.affected, 0) << "it was so before";
}

TEST(Impact, RegionsAreMatchedByNameAndJudgedByWhatTheChangeKnows) {
  const World before = three();
  World after("cda");  // b is gone, d is new, numbers are others
  after.row("192.0.2.0/24", {{'a', 10ms}, {'c', 50ms}, {'d', 4ms}});
  after.row("198.51.100.0/24", {{'a', 30ms}, {'c', 60ms}, {'d', 40ms}});
  after.row("203.0.113.0/24", {{'a', 90ms}, {'c', 15ms}, {'d', 99ms}});
  after.pool({}, {after.up('a'), after.up('c'), after.up('d')});
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.regions, (std::vector<std::string>{"a", "b", "c", "d", "(no answer)", "(no region)"}));
  ASSERT_EQ(impact.moves.size(), 2u);
  EXPECT_EQ(impact.regions[impact.moves[0].from] + impact.regions[impact.moves[0].to], "ba");
  EXPECT_DOUBLE_EQ(impact.moves[0].ms, 2 * 25.0) << "b by what was known before";
  EXPECT_EQ(impact.regions[impact.moves[1].from] + impact.regions[impact.moves[1].to], "ad");
  EXPECT_DOUBLE_EQ(impact.moves[1].ms, -6);
  EXPECT_DOUBLE_EQ(impact.spread.best, -6);
  EXPECT_DOUBLE_EQ(impact.spread.worst, 25);
}

TEST(Impact, SeveralInOneAnswerCountInParts) {
  World before = three(), after = three();
  PoolSpec spec;
  spec.routing = Routing::Multivalue;
  spec.count = 2;
  before.pool(spec, {before.up('a'), before.up('b'), before.up('c')});
  after.pool(spec, {after.up('a'), after.down('b'), after.up('c')});
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, kClients);
  EXPECT_EQ(impact.load_before, (std::vector<double>{1.5, 4, 2.5, 0, 0}));
  EXPECT_EQ(impact.load_after, (std::vector<double>{4, 0, 4, 0, 0}));
  EXPECT_EQ(impact.total.moved, 8);
}

// Two pools of several in a pool that is ranked by latency; n1 wants both of its gateways up.
World nested(std::string_view down, Routing inner = Routing::Multivalue) {
  World world("abcd");
  world.row("192.0.2.0/24", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}, {'d', 40ms}});
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 40ms}, {'c', 10ms}, {'d', 20ms}});
  PoolSpec spec;
  spec.routing = inner;
  const auto pool = [&](int number, std::string name, std::string_view letters, uint16_t least) {
    std::vector<GatewayState> gateways;
    for (const char c : letters) gateways.push_back(down.find(c) != down.npos ? world.down(c) : world.up(c));
    spec.name = "zone/" + name;
    return world.nest(number, std::move(name), spec, std::move(gateways), least);
  };
  PoolSpec outer;
  outer.name = "zone/outer";
  return std::move(world.pool(outer, {pool(0, "n1", "ab", 2), pool(1, "n2", "cd", 1)}));
}

TEST(Impact, SeveralOfAPoolInThePoolCountInParts) {
  const auto clients = networks({{"192.0.2.0/24", 1}, {"198.51.100.0/24", 2}});
  const World before = nested(""), after = nested("a");
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, clients);
  EXPECT_EQ(impact.load_before, (std::vector<double>{0.5, 0.5, 1, 1, 0, 0}));
  EXPECT_EQ(impact.load_after, (std::vector<double>{0, 0, 1.5, 1.5, 0, 0}));
  EXPECT_EQ(impact.total.moved, 1);
  EXPECT_EQ(impact.total.judged, 3);
  EXPECT_DOUBLE_EQ(impact.total.ms_after - impact.total.ms_before, 20) << "from a and b to c and d";
  const World one_less = nested("c");
  const Impact less = measure_impact(before.steering, one_less.steering, {{kPool}}, clients);
  EXPECT_EQ(less.total.moved, 2) << "of two addresses one is left";
  EXPECT_EQ(less.load_after, (std::vector<double>{0.5, 0.5, 0, 2, 0, 0}));
}

TEST(Impact, OfPoolsInPoolsTwoLevelsDown) {
  const auto two_levels = [](std::string_view down) {
    World inner = nested(down);
    const std::shared_ptr<const Pool> pool = inner.steering.pools[0];
    GatewayState gateway;
    gateway.region = 4;
    gateway.name = "outer";
    gateway.nested = pool;
    PoolSpec spec;
    spec.name = "zone/outmost";
    inner.pool(spec, {gateway});
    return inner;
  };
  const World before = two_levels(""), after = two_levels("a");
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, networks({{"192.0.2.0/24", 4}}));
  EXPECT_EQ(impact.load_before, (std::vector<double>{2, 2, 0, 0, 0, 0}));
  EXPECT_EQ(impact.load_after, (std::vector<double>{0, 0, 2, 2, 0, 0}));
  EXPECT_EQ(impact.total.moved, 4);
}

TEST(Impact, AnotherGatewayOfTheSameRegionIsAMove) {
  World before("ab"), after("ab");
  const auto pools = [](World& world, bool first_is_down, bool is_one) {
    world.row("192.0.2.0/24", {{'a', 10ms}, {'b', 20ms}});
    PoolSpec spec, outer;
    GatewayState other = world.up('a');
    if (!is_one) other.addresses = {{*IpAddress::parse("203.0.113.1"), Verdict::Up}};
    spec.name = "zone/n1";
    GatewayState n1 = world.nest(0, "n1", spec, {first_is_down ? world.down('a') : world.up('a')});
    spec.name = "zone/n2";
    GatewayState n2 = world.nest(1, "n2", spec, {other});
    outer.routing = Routing::Priority;
    n1.priority = 1, n2.priority = 2;
    world.pool(outer, {n1, n2});
  };
  const auto clients = networks({{"192.0.2.0/24", 1}});
  pools(before, false, false);
  pools(after, true, false);
  const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, clients);
  EXPECT_EQ(impact.total.moved, 1);
  ASSERT_EQ(impact.moves.size(), 1u);
  EXPECT_EQ(impact.regions[impact.moves[0].from] + impact.regions[impact.moves[0].to], "aa");
  EXPECT_EQ(impact.load_after, impact.load_before);
  World same("ab");
  pools(same, true, true);
  EXPECT_EQ(measure_impact(before.steering, same.steering, {{kPool}}, clients).total.moved, 0) << "another pool's, and the same address";
}

TEST(Impact, AgreesWithTheAnswersOfRandomMaps) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    World before("abcde"), after("abcde");
    for (int i = 0; i < 60; ++i) {
      const Prefix prefix = Prefix::make(IpAddress::v4(random() % 64 << 26 | random()), 4 + static_cast<int>(random() % 24));
      Cells cells;
      for (const char region : {'a', 'b', 'c', 'd', 'e'})
        if (random() % 4) cells.emplace_back(region, std::chrono::milliseconds(random() % 200));
      (random() % 8 ? before : after).row(prefix.to_text(), cells);
      after.row(prefix.to_text(), cells);
    }
    before.pool({}, {before.up('a'), before.up('b'), before.up('c'), before.up('d')});
    after.pool({}, {after.up('a'), after.down('b'), after.up('d'), after.up('e')});
    const auto clients = clients_of(*before.steering.map, *after.steering.map);
    double moved = 0;
    std::vector<double> load(7);
    for (const WeightedClient& client : clients) {
      const Client was = locate(before.steering, client.prefix, client.prefix.address);
      const Client is = locate(after.steering, client.prefix, client.prefix.address);
      const RegionId to = steer(after.steering, 0, Family::V4, is).region;
      moved += steer(before.steering, 0, Family::V4, was).region != to;
      load[to] += 1;
    }
    const Impact impact = measure_impact(before.steering, after.steering, {{kPool}}, clients);
    EXPECT_EQ(impact.total.moved, moved);
    EXPECT_EQ(impact.load_after, load);
  }
}

TEST(ImpactClients, AreTheBlocksOfWhichSomethingIsKnown) {
  World world("ab");
  world.row("0.0.0.0/0", {{'a', 1ms}}).row("192.0.2.0/24", {{'b', 1ms}}).row("192.0.2.128/25", {{'a', 1ms}}).build();
  std::string text;
  for (const auto& client : clients_of(*world.steering.map, *world.steering.map)) text += client.prefix.to_text() + " ";
  EXPECT_EQ(text, "192.0.2.0/25 192.0.2.128/25 ");
}

TEST(ImpactClients, AreDividedByEitherMap) {
  World before("ab"), after("ab");
  before.row("192.0.2.0/24", {{'b', 1ms}}).build();
  after.row("192.0.2.64/26", {{'a', 1ms}}).row("198.51.100.0/24", {{'a', 1ms}}).build();
  std::string text;
  for (const auto& client : clients_of(*before.steering.map, *after.steering.map)) text += client.prefix.to_text() + " ";
  EXPECT_EQ(text, "192.0.2.0/26 192.0.2.64/26 192.0.2.128/25 198.51.100.0/24 ");
}

TEST(ImpactClients, OfATrivialMapAreEverybody) {
  World world("ab");
  world.build();
  const auto clients = clients_of(*world.steering.map, *world.steering.map);
  ASSERT_EQ(clients.size(), 2u);
  EXPECT_EQ(clients[0].prefix.to_text(), "0.0.0.0/0");
  EXPECT_EQ(clients[1].prefix.to_text(), "::/0");
}

TEST(ImpactClients, WideOnesAreDividedForShares) {
  const auto parts = divided(networks({{"10.0.0.0/8", 16}, {"192.0.2.0/24", 1}}), 32);
  ASSERT_EQ(parts.size(), 17u);
  EXPECT_EQ(parts[0].prefix.to_text(), "10.0.0.0/12");
  EXPECT_EQ(parts[15].prefix.to_text(), "10.240.0.0/12");
  EXPECT_EQ(parts[0].weight, 1);
  EXPECT_EQ(parts[16].prefix.to_text(), "192.0.2.0/24");
  EXPECT_EQ(divided(networks({{"10.0.0.0/8", 1}}), 1 << 20).size(), 4096u) << "no finer than shares are taken";
}

}  // namespace
}  // namespace isochrone::steer
