#include "node/find_targets.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

// Three addresses in two regions; the first is probed in two ways, the last one not at all.
config::World probed_world() {
  config::World world;
  for (const char* name : {"west", "east"}) world.regions.push_back({name});
  const auto target = [&](const char* address, const char* probe) {
    health::Target& made = world.plan.targets.emplace_back();
    made.id = static_cast<health::TargetId>(world.plan.targets.size() - 1);
    made.key = std::string(address) + " " + probe;
    made.address = *IpAddress::parse(address);
    made.spec.name = probe;
    return made.id;
  };
  target("192.0.2.1", "tcp");
  target("192.0.2.1", "https");
  target("2001:db8::2", "tcp");
  world.plan.targets[target("0.0.0.0", "tcp")].name = "gw1.example.net";
  const auto pool = [&](const char* name, std::vector<config::Gateway> gateways) {
    config::Pool& made = world.pools.emplace_back();
    made.zone = "z.example";
    made.short_name = name;
    made.spec.name = std::string("z.example/") + name;
    made.gateways = std::move(gateways);
  };
  const auto gateway = [](steer::RegionId region, std::optional<health::TargetId> target) {
    config::Gateway made;
    made.region = region;
    made.addresses.push_back({{}, target});
    return made;
  };
  pool("one", {gateway(0, 0), gateway(1, 2)});
  pool("two", {gateway(0, 1)});
  pool("dark", {gateway(0, std::nullopt)});
  config::Gateway inner;
  inner.name = "emea";
  inner.number = 2;
  inner.nested = {.pool = "one", .id = 0};
  pool("world", {inner, gateway(0, 3)});
  return world;
}

TEST(FindTargets, AsTheyAreCalled) {
  const config::World world = probed_world();
  const struct {
    const char* text;
    std::vector<health::TargetId> ids;
  } cases[] = {
      {"192.0.2.1", {0, 1}},
      {"2001:DB8:0::2", {2}},
      {"gw1.example.net", {3}},
      {"192.0.2.1 https", {1}},
      {"one.z.example", {0, 2}},
      {"one.z.example/east", {2}},
      {"two.z.example.", {1}},
      {"west", {0, 1, 3}},
      {"world.z.example/emea", {0, 2}},
      {"world.z.example", {0, 2, 3}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto found = find_targets(c.text, world);
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(*found, c.ids);
  }
}

TEST(FindTargets, MistakesAreToldWithTheNearestName) {
  config::World world = probed_world();
  const struct {
    const char *text, *error;
  } cases[] = {
      {"192.0.2.11", "nothing is probed at 192.0.2.11; did you mean '192.0.2.1'?"},
      {"203.0.113.99", "nothing is probed at 203.0.113.99"},
      {"onw.z.example", "there is no pool or service 'onw.z.example'; did you mean 'one.z.example'?"},
      {"one.z.example/eats", "there is no region 'eats'; did you mean 'east'?"},
      {"dark.z.example", "nothing of dark.z.example is probed"},
      {"", "there is no region ''"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto found = find_targets(c.text, world);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().text, c.error);
  }
  for (size_t i = 0; i < kMostTargetsAsked; ++i) {
    health::Target target = world.plan.targets[2];
    target.id = static_cast<health::TargetId>(world.plan.targets.size());
    target.key = std::to_string(i);
    world.plan.targets.push_back(target);
  }
  EXPECT_EQ(find_targets("2001:db8::2", world).error().text,
            "2001:db8::2 has 101 targets; expected at most 100: say a pool, a gateway or an address");
}

}  // namespace
}  // namespace isochrone::node
