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

std::string or_else(std::string hint, const char* expected) { return hint.empty() ? expected : hint; }

// A token is read at a start only. Were it an error, it would keep what it names from being taken out of the files, and of a cluster
// until every node was started anew.
void warn_of_token(const AdminToken& token, std::string what, std::string expected, Problems& problems) {
  problems.warn(token.place, "admin.tokens." + token.name, std::move(what), std::move(expected));
}

}  // namespace

void check_regions(const NodeConfig& node, const ProbesConfig& probes, Problems& problems) {
  const auto is_known = [&](const std::string& name) { return name.empty() || probes.find_region(name) != steer::kNoRegion; };
  const auto hint = [&](const std::string& name) {
    return or_else(did_you_mean(name, probes.region_names()), "regions are listed in probes/*.yaml");
  };
  if (!is_known(node.region))
    problems.error(node.region_place, "region", fmt::format("there is no region '{}'", node.region), hint(node.region));
  for (const AdminToken& token : node.admin.tokens)
    if (const std::string& name = token.may_observe; !is_known(name))
      warn_of_token(token, fmt::format("there is no region '{}' to observe for", name), hint(name), problems);
}

void check_vantages(const NodeConfig& node, const std::vector<Vantage>& vantages, Problems& problems) {
  std::vector<std::string_view> names;
  for (const Vantage& vantage : vantages) names.push_back(vantage.name);
  for (const AdminToken& token : node.admin.tokens) {
    if (token.may_probe.empty() || std::find(names.begin(), names.end(), token.may_probe) != names.end()) continue;
    warn_of_token(token, fmt::format("there is no vantage '{}' to probe for", token.may_probe),
                  or_else(did_you_mean(token.may_probe, names), "vantages are listed in probes/*.yaml"), problems);
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
