#include "node/find_targets.h"

#include <fmt/format.h>

#include "node/drain_target.h"
#include "util/problem.h"

namespace isochrone::node {

namespace {

using Ids = std::vector<health::TargetId>;

template <typename Wanted>
Ids targets_where(const config::World& world, Wanted wanted) {
  Ids ids;
  for (const health::Target& target : world.plan.targets)
    if (target.spec.kind != health::Kind::None && wanted(target)) ids.push_back(target.id);
  return ids;
}

Result<Ids> of_address(const IpAddress& address, const config::World& world) {
  Ids ids = targets_where(world, [&](const health::Target& target) { return target.address == address; });
  if (!ids.empty()) return ids;
  std::vector<std::string> texts;
  for (const health::Target& target : world.plan.targets) texts.push_back(target.at());
  const std::string text = address.to_text();
  return fail(with_suggestion("nothing is probed at " + text, text, {texts.begin(), texts.end()}));
}

// Those of a gateway, which of a pool are all of that one's.
void mark(const config::Gateway& gateway, const config::World& world, std::vector<bool>& wanted) {
  for (const config::GatewayAddress& address : gateway.addresses)
    if (address.target) wanted[*address.target] = true;
  if (gateway.nested)
    for (const config::Gateway& inner : world.pools[gateway.nested->id].gateways) mark(inner, world, wanted);
}

Result<Ids> of_gateways(const std::string& text, const config::World& world) {
  const auto named = parse_drain_target(text, world);
  if (!named) return tl::unexpected(named.error());
  std::vector<bool> wanted(world.plan.targets.size());
  for (const config::Pool& pool : world.pools) {
    if (!named->pool.empty() && pool.spec.name != named->pool) continue;
    for (const config::Gateway& gateway : pool.gateways) {
      if (!named->region.empty() && config::name_of(gateway, world) != named->region) continue;
      mark(gateway, world, wanted);
    }
  }
  Ids ids = targets_where(world, [&](const health::Target& target) { return wanted[target.id]; });
  if (ids.empty()) return fail(fmt::format("nothing of {} is probed", text));
  return ids;
}

}  // namespace

Result<Ids> find_targets(const std::string& text, const config::World& world) {
  Ids ids = targets_where(world, [&](const health::Target& target) { return target.key == text || (!text.empty() && target.name == text); });
  if (ids.empty()) {
    const auto address = IpAddress::parse(text);
    auto found = address ? of_address(*address, world) : of_gateways(text, world);
    if (!found) return found;
    ids = std::move(*found);
  }
  if (ids.size() > kMostTargetsAsked)
    return fail(fmt::format("{} has {} targets; expected at most {}: say a pool, a gateway or an address", text, ids.size(), kMostTargetsAsked));
  return ids;
}

}  // namespace isochrone::node
