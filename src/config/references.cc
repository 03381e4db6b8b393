#include "config/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/made_names.h"
#include "config/names.h"
#include "config/why_zone.h"

namespace isochrone::config {

namespace {

// One that isochrone.yaml names, if it names any.
void check_region(const std::string& name, const Place& place, const std::string& key, const ProbesConfig& probes, Problems& problems) {
  if (name.empty() || probes.find_region(name) != steer::kNoRegion) return;
  std::string hint = did_you_mean(name, probes.region_names());
  problems.error(place, key, fmt::format("there is no region '{}'", name), hint.empty() ? "regions are listed in probes/*.yaml" : hint);
}

}  // namespace

void check_regions(const NodeConfig& node, const ProbesConfig& probes, Problems& problems) {
  check_region(node.region, node.region_place, "region", probes, problems);
  for (const AdminToken& token : node.admin.tokens)
    check_region(token.may_observe, token.place, "admin.tokens." + token.name, probes, problems);
}

void check_vantages(const NodeConfig& node, const std::vector<Vantage>& vantages, Problems& problems) {
  std::vector<std::string_view> names;
  for (const Vantage& vantage : vantages) names.push_back(vantage.name);
  for (const AdminToken& token : node.admin.tokens) {
    if (token.may_probe.empty() || std::find(names.begin(), names.end(), token.may_probe) != names.end()) continue;
    std::string hint = did_you_mean(token.may_probe, names);
    problems.error(token.place, "admin.tokens." + token.name, fmt::format("there is no vantage '{}'", token.may_probe),
                   hint.empty() ? "vantages are listed in probes/*.yaml" : hint);
  }
}

void check_exec(const NodeConfig& node, const ProbesConfig& probes, Problems& problems) {
  for (const ProbeConfig& probe : probes.probes) {
    if (probe.spec.exec.empty()) continue;
    const std::string& program = probe.spec.exec[0];
    const bool allowed = std::any_of(node.exec_dirs.begin(), node.exec_dirs.end(), [&](const std::string& folder) {
      return program.starts_with(folder.ends_with('/') ? folder : folder + "/") &&
             program.find("/../") == std::string::npos;
    });
    if (!allowed)
      problems.error(probe.place, "probes." + probe.spec.name,
                     fmt::format("'{}' is in no folder that this machine allows", program),
                     fmt::format("expected a program below a folder of 'exec' in {}", node.file));
  }
}

// Names that services make have one or two labels of their own.
void check_nesting(const std::vector<ZoneConfig>& zones, const ProbesConfig& probes, Problems& problems) {
  std::unordered_map<std::string, const ZoneConfig*> with_services;
  for (const ZoneConfig& zone : zones)
    if (!zone.services.empty()) with_services.emplace(lowered(zone.name), &zone);
  for (const ZoneConfig& other : zones) {
    const std::string name = lowered(other.name);
    size_t dot = name.find('.');
    for (int labels = 1; labels <= 2 && dot != std::string::npos; ++labels, dot = name.find('.', dot + 1))
      if (const auto above = with_services.find(name.substr(dot + 1)); above != with_services.end())
        check_nested(*above->second, other, probes, problems);
  }
  for (const ZoneConfig& zone : zones)
    for (const ZoneConfig& other : zones)
      if (zone.why) check_why_nested(zone, other, problems);
}

void check_names_of_ours(const std::vector<ZoneConfig>& zones, const zone::ZoneSet& served, const ProbesConfig& probes, Problems& problems) {
  for (const ZoneConfig& zone : zones)
    for (const PoolConfig& pool : zone.pools)
      for (const Gateway& gateway : pool.gateways) {
        if (!gateway.is_name()) continue;
        wire::QName name;
        if (!name.assign(gateway.addresses.front().name->wire())) continue;
        const auto match = served.find(name);
        if (!match.zone) continue;
        const zone::Found found = match.zone->find(name, match.apex_suffix);
        if (found.exact || found.cut || found.dname || found.wildcard) continue;
        problems.error(pool.place, pool.key, fmt::format("there is no name '{}', where its gateway in '{}' is", gateway.addresses.front().to_text(),
                                                         probes.regions[gateway.region].name),
                       fmt::format("expected it in the zone '{}', which is served here", match.zone->apex().to_host_text()));
      }
}

}  // namespace isochrone::config
