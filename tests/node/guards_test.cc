// What drains may not do, by rule.

#include "node/guards.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

// Pool z/a in west, north and east; z/b in west and east, where east is down.
config::World make_world(config::Guards guards) {
  config::World world;
  for (const char* name : {"west", "north", "east"}) world.regions.push_back({name});
  for (const char* name : {"z/a", "z/b"}) {
    config::Pool& pool = world.pools.emplace_back();
    pool.spec.name = name;
    for (steer::RegionId region = 0; region < 3; ++region) {
      if (region == 1 && pool.spec.name == "z/b") continue;
      pool.gateways.emplace_back().region = region;
    }
  }
  world.guards = guards;
  return world;
}

bool all_but_b_east(const config::Pool& pool, const config::Gateway& gateway) { return pool.spec.name == "z/a" || gateway.region != 2; }

sync::Drain drain_of(const char* pool, const char* region, std::optional<int64_t> until = {}) { return {pool, region, "because", "ops", 1000, until}; }

TEST(Guards, RefuseByName) {
  sync::Drains west;
  west.add(drain_of("", "west"));
  const struct {
    const char* story;
    config::Guards guards;
    sync::Drains drains;
    sync::Drain wanted;
    const char* said;  // empty: it may be done
  } cases[] = {
      {"no guards", {}, west, drain_of("", "east"), ""},
      {"one at once: the first", {.max_drains = 1}, {}, drain_of("", "west"), ""},
      {"one at once: the second", {.max_drains = 1}, west, drain_of("", "east"), "guard max-drains: west is already drained, and at most 1 may be at once"},
      {"one at once: the same again, with another reason", {.max_drains = 1}, west, drain_of("", "west"), ""},
      {"two left of three", {.min_regions = 2}, {}, drain_of("z/a", "west"), ""},
      {"one left of three", {.min_regions = 2}, west, drain_of("z/a", "east"), "guard min-regions: z/a would be left with 1 region that is up and in service; at least 2 must be"},
      {"the last that is up", {.min_regions = 1}, {}, drain_of("", "west"), "guard min-regions: z/b would be left with 0 regions that are up and in service; at least 1 must be"},
      {"one that is down anyway takes nothing away", {.min_regions = 2}, {}, drain_of("z/b", "east"), ""},
      {"a whole pool", {.min_regions = 1}, {}, drain_of("z/a", ""), "guard min-regions: z/a would be left with 0 regions"},
      {"too long", {.longest_drain = 1h}, {}, drain_of("", "west", 1000 + 3601), "guard longest-drain: a drain may last 60m at most"},
      {"just long enough", {.longest_drain = 1h}, {}, drain_of("", "west", 1000 + 3600), ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    sync::Drain wanted = c.wanted;
    const Status status = check_guards(make_world(c.guards), c.drains, wanted, all_but_b_east);
    EXPECT_EQ(status.has_value(), *c.said == '\0') << (status ? "" : status.error().text);
    EXPECT_EQ((status ? std::string() : status.error().text).find(c.said), 0u) << (status ? "" : status.error().text);
  }
}

TEST(Guards, ADrainWithoutEndIsGivenOne) {
  sync::Drain wanted = drain_of("", "west");
  EXPECT_TRUE(check_guards(make_world({.longest_drain = 2h}), {}, wanted, all_but_b_east));
  EXPECT_EQ(wanted.until, 1000 + 7200);
}

}  // namespace
}  // namespace isochrone::node
