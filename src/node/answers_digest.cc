#include "node/answers_digest.h"

#include <algorithm>
#include <map>

#include "sync/state_file.h"

namespace isochrone::node {

namespace {

constexpr size_t kMostClients = 64;
constexpr size_t kMostChoices = 20'000;  // of a family; some 3 ms

// A client that no documentation network covers stands for all that nothing is known of.
IpAddress stranger(Family family) { return *IpAddress::parse(family == Family::V4 ? "192.0.2.1" : "2001:db8::1"); }

std::vector<IpAddress> some_clients(const config::World& world, Family family) {
  const size_t most = std::clamp<size_t>(kMostChoices / std::max<size_t>(1, world.pools.size()), 1, kMostClients);
  std::map<std::string, IpAddress> by_vantage;
  for (const config::Vantage& vantage : world.vantages)
    for (const Prefix& prefix : vantage.covers)
      if (prefix.address.family == family) by_vantage.emplace(vantage.name, prefix.address);
  std::vector<IpAddress> out{stranger(family)};
  for (const auto& [name, address] : by_vantage)
    if (out.size() <= most) out.push_back(address);
  return out;
}

std::string told(const steer::Choice& choice, const std::vector<steer::Region>& regions) {
  std::string out = std::to_string(static_cast<int>(choice.outcome)) + " ";
  if (choice.region < regions.size()) out += regions[choice.region].name;
  if (choice.answer != nullptr)
    for (const IpAddress& address : choice.answer->addresses) out += " " + address.to_text();
  return out + "\n";
}

}  // namespace

std::string answers_digest(const steer::Steering& steering, const config::World& world) {
  std::map<std::string, zone::PoolId> pools;
  for (zone::PoolId id = 0; id < world.pools.size(); ++id) pools.emplace(world.pools[id].spec.name, id);
  std::string text;
  for (const Family family : {Family::V4, Family::V6})
    for (const IpAddress& address : some_clients(world, family)) {
      const steer::Client client = steer::locate(steering, std::nullopt, address);
      for (const auto& [name, id] : pools) text += name + " " + told(steer::steer(steering, id, family, client), *steering.regions);
    }
  return sync::digest(text).substr(0, 16);
}

}  // namespace isochrone::node
