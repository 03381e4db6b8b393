// Which gateways are relieved, over looks and reloads.

#include "node/load_reliefs.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

// Two pools with one gateway; the first one's tells its load, as far as a limit of 0.5.
std::shared_ptr<config::World> told_world() {
  auto world = std::make_shared<config::World>();
  world->regions = {{"west"}, {"east"}};
  world->plan.regions = {"west", "east"};
  for (const char* name : {"told", "untold"}) {
    health::Target& target = world->plan.targets.emplace_back();
    target.id = static_cast<health::TargetId>(world->plan.targets.size() - 1);
    target.key = name;
    target.address = *IpAddress::parse("192.0.2.1");
    target.region = 0;
    if (target.id == 0) target.spec.load = {"X-Load", "", 0.5};
    config::Pool& pool = world->pools.emplace_back();
    pool.spec.name = std::string("z.example/") + name;
    pool.spec.ttl = 0;
    config::Gateway& gateway = pool.gateways.emplace_back();
    gateway.region = gateway.number = 0;
    gateway.addresses.push_back({target.address, target.id});
  }
  return world;
}

class Reliefs : public testing::Test {
 protected:
  Reliefs() : health({}) { configure(told_world()); }

  void configure(std::shared_ptr<config::World> next) {
    reliefs.load(*next);
    world = std::move(next);
    health.configure(std::make_shared<const health::Plan>(world->plan), {"own"}, {}, now);
  }
  // Tries with this figure, a second apart; the pools that were due.
  std::vector<zone::PoolId> told(double figure, int times) {
    std::vector<zone::PoolId> all;
    for (int i = 0; i < times; ++i) {
      now += 1s;
      for (health::TargetId id : {0u, 1u}) health.record(id, {.target = id, .rtt = 10ms, .load = figure}, now);
      health.tick(now);
      const auto due = reliefs.take_due(health, now);
      all.insert(all.end(), due.begin(), due.end());
    }
    return all;
  }
  Duration relief(size_t pool) const { return reliefs.relief(world->pools[pool], "west"); }

  Time now = Time() + 1h;
  std::shared_ptr<config::World> world;
  health::Health health;
  LoadReliefs reliefs;
};

TEST_F(Reliefs, OnlyOfWhoTellsAndByItsLimit) {
  EXPECT_EQ(told(0.49, 6), std::vector<zone::PoolId>());
  EXPECT_EQ(told(0.6, 3), std::vector<zone::PoolId>{0});
  EXPECT_GT(relief(0), Duration::zero());
  EXPECT_EQ(relief(1), Duration::zero());
  EXPECT_DOUBLE_EQ(load_of(world->pools[0].gateways[0], health, now)->share, 1.2);
  EXPECT_FALSE(load_of(world->pools[1].gateways[0], health, now)) << "its probe does not ask for one";
  EXPECT_FALSE(load_of(world->pools[0].gateways[0], health, now + 1min)) << "an old figure is none";

  std::vector<steer::GatewayState> gateways(1);
  gateways[0].region = 0;
  reliefs.add_to(1, gateways);
  EXPECT_EQ(gateways[0].relief, Duration::zero());
  reliefs.add_to(0, gateways);
  EXPECT_EQ(gateways[0].relief, relief(0));
}

TEST_F(Reliefs, AreKeptOverReloadsByName) {
  told(0.6, 9);
  const Duration before = relief(0);
  EXPECT_GT(before, Duration::zero());
  configure(told_world());
  EXPECT_EQ(relief(0), before);
  auto without = told_world();
  without->plan.targets[0].spec.load.reset();
  configure(without);
  EXPECT_EQ(relief(0), Duration::zero());
  EXPECT_FALSE(reliefs.next()) << "nobody tells a load";
  configure(told_world());
  EXPECT_EQ(relief(0), Duration::zero()) << "it begins anew";
  EXPECT_TRUE(reliefs.next());
}

TEST_F(Reliefs, AreKeptOverRestartsByNameAndAge) {
  EXPECT_TRUE(reliefs.save(now).empty()) << "nobody is relieved";
  told(0.6, 9);
  const std::vector<health::SavedRelief> saved = reliefs.save(now + 10s);
  ASSERT_EQ(saved.size(), 1u);
  EXPECT_EQ(saved[0].pool, "z.example/told");
  EXPECT_EQ(saved[0].gateway, "west");
  EXPECT_EQ(saved[0].age, Duration(10s));

  const auto with = [&](auto change) {
    health::SavedRelief changed = saved[0];
    change(changed);
    return changed;
  };
  struct Case {
    const char* name;
    health::SavedRelief saved;
    Duration downtime;
    bool kept;
  };
  for (const Case& c : {
           Case{"as it was", saved[0], 0s, true},
           {"almost a day later", saved[0], 24h - 10s, true},
           {"a day later", saved[0], 24h, false},
           {"of the future", with([](auto& r) { r.age = -1s; }), 0s, false},
           {"a pool that is gone", with([](auto& r) { r.pool = "z.example/gone"; }), 0s, false},
           {"a gateway that is gone", with([](auto& r) { r.gateway = "north"; }), 0s, false},
           {"a gateway that tells no load any more", with([](auto& r) { r.pool = "z.example/untold"; }), 0s, false},
       }) {
    SCOPED_TRACE(c.name);
    LoadReliefs after;
    after.load(*world);
    EXPECT_EQ(after.restore({c.saved}, c.downtime, now), c.kept ? std::vector<zone::PoolId>{0} : std::vector<zone::PoolId>());
    EXPECT_EQ(after.relief(world->pools[0], "west"), c.kept ? relief(0) : Duration::zero());
    EXPECT_EQ(after.relief(world->pools[1], "west"), Duration::zero());
    if (c.kept) {
      EXPECT_EQ(after.save(now)[0].age, c.saved.age + c.downtime) << "it grows older until a figure comes";
    }
  }
}

}  // namespace
}  // namespace isochrone::node
