#include "node/load_reliefs.h"

#include <algorithm>

namespace isochrone::node {

namespace {

constexpr Duration kLookEvery = 200ms;

bool tells_load(const config::Gateway& gateway, const health::Plan& plan) {
  return std::ranges::any_of(gateway.addresses, [&plan](const config::GatewayAddress& a) { return a.target && plan.targets[*a.target].spec.load; });
}

}  // namespace

std::optional<health::LoadFigure> load_of(const config::Gateway& gateway, const health::Health& health, Time now) {
  std::optional<health::LoadFigure> most;
  for (const config::GatewayAddress& address : gateway.addresses) {
    const auto figure = address.target ? health.load(*address.target, now) : std::nullopt;
    if (!figure) continue;
    if (!most) most = figure;
    most->share = std::max(most->share, figure->share);
    most->at = std::max(most->at, figure->at);
  }
  return most;
}

void LoadReliefs::load(const config::World& world) {
  world_ = &world;
  told_.clear();
  auto before = std::exchange(by_name_, {});
  for (zone::PoolId id = 0; id < world.pools.size(); ++id)
    for (const config::Gateway& gateway : world.pools[id].gateways) {
      if (!tells_load(gateway, world.plan)) continue;
      const std::pair key(world.pools[id].spec.name, config::name_of(gateway, world));
      health::LoadRelief& relief = by_name_[key];
      if (const auto known = before.find(key); known != before.end()) relief = known->second;
      told_.push_back({id, &gateway, &relief});
    }
}

std::vector<zone::PoolId> LoadReliefs::take_due(const health::Health& health, Time now) {
  std::vector<zone::PoolId> due;
  if (told_.empty() || now < next_) return due;
  next_ = now + kLookEvery;
  for (const Told& told : told_) {
    const auto figure = load_of(*told.gateway, health, now);
    if (!figure || !told.relief->add(figure->share, figure->at, std::chrono::seconds(world_->pools[told.pool].spec.ttl))) continue;
    if (due.empty() || due.back() != told.pool) due.push_back(told.pool);
  }
  return due;
}

void LoadReliefs::add_to(zone::PoolId pool, std::vector<steer::GatewayState>& gateways) const {
  const auto first = std::ranges::lower_bound(told_, pool, {}, &Told::pool);
  for (auto told = first; told != told_.end() && told->pool == pool; ++told)
    for (steer::GatewayState& state : gateways)
      if (state.region == told->gateway->number) state.relief = told->relief->relief();
}

Duration LoadReliefs::relief(const config::Pool& pool, const std::string& gateway) const {
  const auto known = by_name_.find({pool.spec.name, gateway});
  return known == by_name_.end() ? Duration::zero() : known->second.relief();
}

std::vector<health::SavedRelief> LoadReliefs::save(Time now) const {
  std::vector<health::SavedRelief> out;
  for (const auto& [name, relief] : by_name_)
    if (relief.level() != 0) out.push_back({name.first, name.second, relief.level(), now - relief.last()});
  return out;
}

std::vector<zone::PoolId> LoadReliefs::restore(const std::vector<health::SavedRelief>& saved, Duration downtime, Time now) {
  std::map<std::pair<std::string, std::string>, const health::SavedRelief*> by_name;
  for (const health::SavedRelief& relief : saved) by_name.try_emplace({relief.pool, relief.gateway}, &relief);
  std::vector<zone::PoolId> relieved;
  for (const Told& told : told_) {
    const steer::PoolSpec& pool = world_->pools[told.pool].spec;
    const auto known = by_name.find({pool.name, config::name_of(*told.gateway, *world_)});
    if (known == by_name.end()) continue;
    const Duration age = known->second->age;
    if (age < Duration::zero() || age > world_->steering.max_age - downtime) continue;
    told.relief->restore(known->second->level, now - downtime - age, now + std::chrono::seconds(pool.ttl));
    if (relieved.empty() || relieved.back() != told.pool) relieved.push_back(told.pool);
  }
  return relieved;
}

}  // namespace isochrone::node
