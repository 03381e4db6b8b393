#include "node/drain_target.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/problem.h"

namespace isochrone::node {

namespace {

bool has_region(const config::World& world, const std::string& name) {
  return std::any_of(world.regions.begin(), world.regions.end(), [&](const auto& r) { return r.name == name; });
}

Status check_region(const config::World& world, const std::string& name) {
  if (has_region(world, name)) return {};
  std::vector<std::string_view> known;
  for (const steer::Region& region : world.regions) known.push_back(region.name);
  return fail(with_suggestion(fmt::format("there is no region '{}'", name), name, known));
}

const config::Pool* find_pool(const config::World& world, const std::string& name) {
  for (const config::Pool& pool : world.pools)
    if (config::full_name(pool.short_name, pool.zone) == name || pool.short_name + "." + pool.zone == name) return &pool;
  for (const config::Service& service : world.services)
    if (config::full_name(service) == name || service.name + "." + service.zone == name)
      return &world.pools[service.pool];
  return nullptr;
}

}  // namespace

Result<DrainTarget> parse_drain_target(const std::string& text, const config::World& world) {
  const size_t slash = text.find('/');
  std::string name = text.substr(0, slash);
  const std::string region = slash == text.npos ? "" : text.substr(slash + 1);
  if (slash == text.npos && has_region(world, name)) return DrainTarget{"", name};
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  const config::Pool* pool = find_pool(world, name);
  if (!pool) {
    std::vector<std::string> names;
    for (const config::Pool& p : world.pools) names.push_back(config::full_name(p.short_name, p.zone));
    for (const config::Service& s : world.services) names.push_back(config::full_name(s));
    if (slash == text.npos && name.find('.') == name.npos) {
      const auto meant = std::find_if(names.begin(), names.end(), [&](const std::string& full) { return !name.empty() && full.starts_with(name + "."); });
      if (meant != names.end()) return fail(fmt::format("there is no region '{}'; did you mean '{}'?", name, *meant));
      return tl::unexpected(check_region(world, name).error());
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return fail(with_suggestion(fmt::format("there is no pool or service '{}'", name), name, known));
  }
  if (region.empty()) return slash == text.npos ? Result<DrainTarget>(DrainTarget{pool->spec.name, ""}) : fail("a region is missing after '/'");
  const bool there = std::any_of(pool->gateways.begin(), pool->gateways.end(),
                                 [&](const config::Gateway& g) { return config::name_of(g, world) == region; });
  if (const Status known = check_region(world, region); !there && !known) return tl::unexpected(known.error());
  if (!there) return fail(fmt::format("pool {} has no gateway in {}", pool->spec.name, region));
  return DrainTarget{pool->spec.name, region};
}

TouchedServices services_of(const DrainTarget& target, const config::World& world, size_t most) {
  TouchedServices out;
  std::vector<bool> touched;  // by PoolId; pools in a pool come before it
  for (const config::Pool& pool : world.pools) {
    const bool inside = std::any_of(pool.gateways.begin(), pool.gateways.end(), [&](const config::Gateway& g) {
      return g.nested ? touched[g.nested->id] : target.pool.empty() && world.regions[g.region].name == target.region;
    });
    touched.push_back(inside || pool.spec.name == target.pool);
    if (!touched.back()) continue;
    out.count += pool.services.size();
    for (size_t i = 0; i < pool.services.size() && out.first.size() < most; ++i)
      out.first.push_back(config::full_name(pool.services[i], pool.zone));
  }
  return out;
}

}  // namespace isochrone::node
