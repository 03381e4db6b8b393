#include "cluster/service_changes.h"

#include <map>
#include <set>

#include <fmt/format.h>

namespace isochrone::cluster {

namespace {

using config::World;

// All that decides what a pool answers, by names: numbers differ between configurations.
std::string describe(const config::Pool& pool, const World& world) {
  const steer::PoolSpec& spec = pool.spec;
  std::string out = fmt::format("{} {} {} {} {} {} {} {} {} {} {} {}\n", spec.name, static_cast<int>(spec.routing), spec.count, spec.stay_in_area, spec.per_answer,
                                static_cast<int>(spec.all_down), spec.families_together, spec.tolerance.count(), spec.ttl, spec.ttl_min, pool.slow_start.count(),
                                pool.failover_bound.count());
  for (const IpAddress& address : spec.all_down_addresses) out += address.to_text() + " ";
  for (const config::Gateway& gateway : pool.gateways) {
    out += fmt::format("\n{} {} {} {} {} {} {}", config::name_of(gateway, world), gateway.weight, gateway.priority.value_or(0), gateway.shed, gateway.bias,
                       gateway.enabled, gateway.serves_rest);
    if (gateway.nested) out += fmt::format(" {} {} {}", gateway.nested->pool, gateway.nested->min_healthy_v4, gateway.nested->min_healthy_v6);
    for (const Prefix& prefix : gateway.serves) out += " " + prefix.to_text();
    for (const config::ServedArea& area : gateway.areas) out += " " + area.name;
    for (const config::GatewayAddress& address : gateway.addresses) {
      out += " " + address.to_text();
      if (address.target) out += " " + world.plan.targets[*address.target].key;
    }
  }
  return out;
}

// By family; a name may lead to both.
using Addresses = std::map<Family, std::set<std::string>>;

// Enabled ones, of pools in the pool too.
void collect(const config::Pool& pool, const World& world, Addresses& out, int depth = 0) {
  for (const config::Gateway& gateway : pool.gateways) {
    if (!gateway.enabled) continue;
    for (const config::GatewayAddress& address : gateway.addresses)
      for (const Family family : {Family::V4, Family::V6})
        if (address.name || address.address.family == family) out[family].insert(address.to_text());
    if (gateway.nested && gateway.nested->id < world.pools.size() && depth < 16) collect(world.pools[gateway.nested->id], world, out, depth + 1);
  }
}

std::string what_breaks(const Addresses& before, const Addresses& after) {
  if (before.empty()) return {};
  if (after.empty()) return "has no address any more";
  bool keeps_one = false;
  for (const auto& [family, addresses] : before) {
    const auto next = after.find(family);
    if (next == after.end()) return family == Family::V4 ? "has no IPv4 address any more" : "has no IPv6 address any more";
    for (const std::string& address : addresses) keeps_one |= next->second.contains(address);
  }
  if (keeps_one) return {};
  return "keeps none of its addresses: nothing that its clients would be sent to has been probed";
}

}  // namespace

std::vector<ServiceChange> changed_services(const World& before, const World& after) {
  std::map<std::string, const config::Service*> next;
  for (const config::Service& service : after.services) next.emplace(config::full_name(service), &service);
  std::vector<ServiceChange> out;
  for (const config::Service& service : before.services) {
    ServiceChange change{config::full_name(service), service.primary, {}};
    const auto found = next.find(change.service);
    if (found == next.end()) {
      change.breaks = "is gone";
      out.push_back(std::move(change));
      continue;
    }
    const config::Pool &was = before.pools[service.pool], &is = after.pools[found->second->pool];
    if (describe(was, before) == describe(is, after) && service.primary == found->second->primary) continue;
    Addresses addresses_before, addresses_after;
    collect(was, before, addresses_before);
    collect(is, after, addresses_after);
    change.breaks = what_breaks(addresses_before, addresses_after);
    out.push_back(std::move(change));
  }
  return out;
}

}  // namespace isochrone::cluster
