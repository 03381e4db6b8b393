#include "config/targets.h"

#include <fmt/format.h>

#include "config/names.h"
#include "config/probe_spec.h"
#include "config/templates.h"

namespace isochrone::config {

using health::ProbeSpec;

namespace {

// False, reported, where the probe asks for what this pool cannot give it.
bool check_templates_of(const PoolConfig& pool, const ProbeSpec& spec, const ServiceConfig* service,
                        Problems& problems) {
  const std::string_view needed = needs_service(spec);
  if (needed.empty()) return true;
  const bool in_host = spec.host.find(needed) != std::string::npos;
  const std::string_view remedy = in_host ? "give the pool a host" : "give the pool a probe without it";
  if (service == nullptr) {
    problems.error(pool.place, pool.key,
                   fmt::format("probe '{}' holds {}, and the pool is a gateway of other pools, without a service of its own", spec.name, needed),
                   std::string(remedy));
    return false;
  }
  if (pool.services > 1) {
    problems.error(pool.place, pool.key,
                   fmt::format("probe '{}' holds {}, and {} services share the pool", spec.name, needed, pool.services),
                   std::string(remedy));
    return false;
  }
  if (service->name == "*" || (service->name == "@" && needed == "{service}")) {
    problems.error(pool.place, pool.key,
                   fmt::format("probe '{}' holds {}, which {} does not have", spec.name, needed,
                               service->name == "*" ? "the wildcard" : "the apex"),
                   std::string(remedy));
    return false;
  }
  return true;
}

}  // namespace

void TargetMaker::add_pool(const ZoneConfig& zone, const PoolConfig& pool, const ServiceConfig* service,
                           std::vector<Gateway>& gateways, Problems& problems) {
  if (!pool.settings.probe) return;
  ProbeSpec spec = probes_.probes[*pool.settings.probe].spec;
  if (spec.kind == health::Kind::None) return;
  if (!pool.settings.host.empty() && uses_host(spec.kind)) spec.host = pool.settings.host;
  if (!check_templates_of(pool, spec, service, problems)) return;
  const std::string name = service != nullptr ? service->name : "";
  for (Gateway& gateway : gateways) {
    if (gateway.region == steer::kNoRegion) continue;
    const std::string& region = probes_.regions[gateway.region].name;
    const std::string regional_name = regional_label(name, region) + ".regional." + zone.name;
    const ProbeSpec made = filled(spec, {name, region, regional_name});
    for (GatewayAddress& a : gateway.addresses) {
      ProbeSpec here = made;
      // A server that is known by a name expects to be asked by it.
      if (a.name && here.host.empty() && (uses_host(here.kind) || here.kind == health::Kind::Exec)) here.host = a.to_text();
      std::string key = target_key(a.to_text(), here, spec);
      a.target = add(a, std::move(here), std::move(key), gateway.region);
    }
  }
}

void TargetMaker::add_beacons() {
  for (size_t i = 0; i < probes_.regions.size(); ++i)
    for (const Beacon& beacon : probes_.regions[i].beacons) {
      ProbeSpec spec;
      spec.name = "beacon";
      spec.kind = beacon.port != 0 ? health::Kind::Tcp : health::Kind::Icmp;
      spec.port = beacon.port;
      std::string key = beacon.port != 0 ? fmt::format("{} beacon {}", beacon.address.to_text(), beacon.port)
                                         : beacon.address.to_text() + " beacon";
      const health::TargetId id = add({beacon.address}, std::move(spec), std::move(key), static_cast<steer::RegionId>(i));
      plan_.targets[id].beacon = true;
    }
}

health::TargetId TargetMaker::add(const GatewayAddress& at, ProbeSpec filled, std::string key, steer::RegionId region) {
  const auto [known, is_new] = by_key_.emplace(std::move(key), static_cast<health::TargetId>(plan_.targets.size()));
  if (is_new) {
    health::Target target;
    target.id = known->second;
    target.key = known->first;
    target.address = at.address;
    if (at.name) target.name = at.to_text();
    target.spec = std::move(filled);
    target.region = region;
    plan_.targets.push_back(std::move(target));
  }
  return known->second;
}

}  // namespace isochrone::config
