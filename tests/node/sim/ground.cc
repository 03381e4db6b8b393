#include "sim/ground.h"

namespace isochrone::sim {

namespace {

health::TargetId add_target(config::World& world, const std::string& key, steer::RegionId region) {
  for (const health::Target& target : world.plan.targets)
    if (target.key == key) return target.id;
  health::Target& target = world.plan.targets.emplace_back();
  target.id = static_cast<health::TargetId>(world.plan.targets.size() - 1);
  target.key = key;
  target.address = *IpAddress::parse("192.0.2." + std::to_string(number_of(key) + 1));
  target.region = region;
  return target.id;
}

void add_pool(config::World& world, const std::string& name, health::QuorumRule::Kind quorum, const std::vector<std::pair<std::string, std::vector<std::string>>>& gateways) {
  config::Pool& pool = world.pools.emplace_back();
  pool.spec.name = "z.example/" + name;
  pool.quorum.kind = quorum;
  for (const auto& [region, keys] : gateways) {
    config::Gateway& gateway = pool.gateways.emplace_back();
    const auto at = std::ranges::find(world.plan.regions, region);
    gateway.region = gateway.number = static_cast<steer::RegionId>(at - world.plan.regions.begin());
    for (const std::string& key : keys) {
      const health::TargetId target = add_target(world, key, gateway.region);
      gateway.addresses.push_back({world.plan.targets[target].address, target});
    }
  }
}

}  // namespace

std::shared_ptr<const config::World> make_world(unsigned content, const std::string& own, const std::vector<std::string>& vantages) {
  auto world = std::make_shared<config::World>();
  world->plan.regions = kRegions;
  if (content & 1) std::ranges::reverse(world->plan.regions);
  for (const std::string& region : world->plan.regions) world->regions.push_back({region});
  world->vantages.push_back({own});
  for (const std::string& vantage : vantages) {
    if (vantage == own) world->own_vantage_listed = true;
    else world->vantages.push_back({vantage});
  }
  using Kind = health::QuorumRule::Kind;
  std::vector<std::pair<std::string, std::vector<std::string>>> a{
      {"west", {"a/west", "a/west2"}}, {"east", {"a/east"}}, {"north", {"a/north"}}};
  if (!(content & 2)) a.push_back({"south", {"a/south"}});
  if (content & 1) std::ranges::reverse(a);
  add_pool(*world, "a", Kind::Majority, a);
  add_pool(*world, "b", Kind::Majority, {{"west", {"a/west"}}, {"east", {"b/east"}}, {"north", {"b/north"}}});
  add_pool(*world, "c", Kind::Any, {{"north", {"c/north"}}, {"south", {"c/south"}}});
  if (content & 4) world->pools[1].gateways[1].enabled = false;
  return world;
}

size_t number_of(const std::string& target) {
  return static_cast<size_t>(std::ranges::find(kTargets, target) - kTargets.begin());
}

Ground::Ground(Scheduler& scheduler, std::vector<std::string> vantages)
    : scheduler_(scheduler),
      vantages_(std::move(vantages)),
      down_(kTargets.size()),
      broken_(vantages_.size()),
      cut_(vantages_.size(), std::vector<bool>(kTargets.size())),
      seen_(vantages_.size(), std::vector<Seen>(kTargets.size(), {true, scheduler.now()})) {}

void Ground::heal_uplinks() {
  const auto first = std::ranges::find(broken_, true);
  if (first != broken_.end()) std::fill(first + 1, broken_.end(), false);
  look();
}

void Ground::look() {
  for (size_t v = 0; v < seen_.size(); ++v)
    for (size_t t = 0; t < kTargets.size(); ++t) {
      const bool up = !down_[t] && !broken_[v] && !cut_[v][t];
      if (up != seen_[v][t].up) seen_[v][t] = {up, scheduler_.now()};
    }
}

}  // namespace isochrone::sim
