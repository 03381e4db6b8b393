#include "node/guards.h"

#include <fmt/format.h>

namespace isochrone::node {

namespace {

// Regions of a pool that clients could be sent to.
size_t count_left(const config::World& world, const config::Pool& pool, const sync::Drains& drains, const IsUp& is_up) {
  size_t left = 0;
  for (const config::Gateway& gateway : pool.gateways)
    left += gateway.enabled && !drains.find(pool.spec.name, config::name_of(gateway, world)) && is_up(pool, gateway);
  return left;
}

Status check_regions_left(const config::World& world, const sync::Drains& before, const sync::Drains& after, const IsUp& is_up) {
  for (const config::Pool& pool : world.pools) {
    const size_t left = count_left(world, pool, after, is_up);
    if (left >= world.guards.min_regions || left == count_left(world, pool, before, is_up)) continue;
    return fail(fmt::format("guard min-regions: {} would be left with {} region{} that {} up and in service; at least {} must be", pool.spec.name, left,
                            left == 1 ? "" : "s", left == 1 ? "is" : "are", world.guards.min_regions));
  }
  return {};
}

}  // namespace

Status check_guards(const config::World& world, const sync::Drains& drains, sync::Drain& wanted, const IsUp& is_up) {
  const config::Guards& guards = world.guards;
  if (guards.longest_drain > Duration::zero()) {
    const int64_t latest = wanted.since + std::chrono::duration_cast<std::chrono::seconds>(guards.longest_drain).count();
    if (!wanted.until) wanted.until = latest;
    if (*wanted.until > latest) return fail(fmt::format("guard longest-drain: a drain may last {} at most", to_text(guards.longest_drain)));
  }
  sync::Drains after = drains;
  after.add(wanted);
  if (guards.max_drains != 0 && after.list().size() > drains.list().size() && after.list().size() > guards.max_drains)
    return fail(fmt::format("guard max-drains: {} {} already drained, and at most {} may be at once", drains.list().front().target(),
                            drains.list().size() == 1 ? "is" : fmt::format("and {} more are", drains.list().size() - 1), guards.max_drains));
  return guards.min_regions != 0 ? check_regions_left(world, drains, after, is_up) : Status();
}

}  // namespace isochrone::node
