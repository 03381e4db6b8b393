#include "node/drain_target.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

config::World make_world() {
  config::World world;
  for (const char* name : {"west", "east", "far"}) world.regions.push_back({name});
  const auto pool = [&](const char* name, std::vector<steer::RegionId> regions, std::vector<std::string> services) {
    config::Pool& made = world.pools.emplace_back();
    made.zone = "z.example";
    made.short_name = name;
    made.spec.name = std::string("z.example/") + name;
    for (const steer::RegionId region : regions) made.gateways.push_back({.region = region});
    made.services = services;
    for (const std::string& service : services)
      world.services.push_back({service, "z.example", static_cast<zone::PoolId>(world.pools.size() - 1), ""});
  };
  pool("own", {0, 1}, {"own"});
  pool("shared", {1}, {"one", "two", "@"});
  return world;
}

TEST(DrainTarget, IsFoundAsItIsCalled) {
  const config::World world = make_world();
  const struct {
    const char *text, *pool, *region;
  } cases[] = {
      {"west", "", "west"},
      {"own.z.example", "z.example/own", ""},
      {"own.z.example.", "z.example/own", ""},
      {"own.z.example/west", "z.example/own", "west"},
      {"shared.z.example", "z.example/shared", ""},
      {"two.z.example", "z.example/shared", ""},      // a service stands for its pool
      {"two.z.example/east", "z.example/shared", "east"},
      {"z.example", "z.example/shared", ""},          // the service at the apex
      {"@.z.example/east", "z.example/shared", "east"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto target = parse_drain_target(c.text, world);
    ASSERT_TRUE(target) << target.error().text;
    EXPECT_EQ(target->pool, c.pool);
    EXPECT_EQ(target->region, c.region);
  }
}

TEST(DrainTarget, MistakesAreToldWithTheNearestName) {
  const config::World world = make_world();
  const struct {
    const char *text, *error;
  } cases[] = {
      {"wset", "there is no region 'wset'; did you mean 'west'?"},
      {"own", "there is no region 'own'; did you mean 'own.z.example'?"},
      {"onw.z.example", "there is no pool or service 'onw.z.example'; did you mean 'own.z.example'?"},
      {"own.z.example/eats", "there is no region 'eats'; did you mean 'east'?"},
      {"own.z.example/far", "pool z.example/own has no gateway in far"},
      {"own.z.example/", "a region is missing after '/'"},
  };
  for (const auto& c : cases) {
    const auto target = parse_drain_target(c.text, world);
    ASSERT_FALSE(target) << c.text;
    EXPECT_EQ(target.error().text, c.error);
  }
}

TEST(DrainTarget, KnowsWhoMoves) {
  const config::World world = make_world();
  using Names = std::vector<std::string>;
  EXPECT_EQ(services_of({"", "west"}, world, 9).first, (Names{"own.z.example"}));
  EXPECT_EQ(services_of({"", "east"}, world, 9).first, (Names{"own.z.example", "one.z.example", "two.z.example", "z.example"}));
  EXPECT_EQ(services_of({"z.example/own", ""}, world, 9).first, (Names{"own.z.example"}));
  const TouchedServices some = services_of({"", "east"}, world, 2);
  EXPECT_EQ(some.first, (Names{"own.z.example", "one.z.example"}));
  EXPECT_EQ(some.count, 4u);
}

}  // namespace
}  // namespace isochrone::node
