#include "config/written.h"

#include <fmt/format.h>

#include <utility>

#include "config/tls_files.h"
#include "config/yaml.h"

namespace isochrone::config {

namespace {

// The YAML files of a folder, each handed to `use`; whether there are some, and all could be read.
template <typename Use>
bool read_folder(const std::string& folder, std::string_view key, const Place& named, Files& files, Problems& problems, Use use) {
  const Result<std::vector<std::string>> paths = files.list(folder, ".yaml");
  if (!paths) {
    problems.error(named, std::string(key), fmt::format("{} {}", folder, paths.error().text), "expected a folder");
    return false;
  }
  if (paths->empty()) problems.error(named, std::string(key), fmt::format("{} holds no *.yaml", folder), "expected at least one file there");
  for (const std::string& path : files.list(folder, ".yml").value_or(std::vector<std::string>()))
    problems.warn({path, 1, 1}, "", "is not read", "files of this folder are named *.yaml");
  bool whole = !paths->empty();
  for (const std::string& path : *paths) {
    const Result<std::string> text = files.read(path, kMaxYaml);
    if (!text) {
      problems.error({path}, "", text.error().text);
      whole = false;
      continue;
    }
    const auto file = parse_yaml(path, *text, problems);
    if (file) use(*file);
    else whole = false;
  }
  return whole;
}

bool read_probes(const NodeConfig& node, Files& files, ProbesConfig& probes, Problems& problems) {
  const bool whole =
      read_folder(node.probes_dir, "probes", node.probes_place, files, problems, [&](const YamlFile& file) { read_probes_file(file, probes); });
  if (!node.what_if_table.empty()) probes.tables.assign(1, {node.what_if_table, {node.what_if_table}});
  if (const auto& added = node.what_if_region; added && probes.regions.size() < steer::kMaxRegions)
    probes.regions.push_back({added->name, added->name, {node.file}, std::pair(added->latitude, added->longitude), {}});
  return whole;
}

// They go where the configuration goes: into the last good load, and to a cluster's nodes.
void note_authorities(Files& files, ProbesConfig& probes, Problems& problems) {
  for (ProbeConfig& probe : probes.probes) {
    if (probe.spec.ca_file.empty()) continue;
    const std::string named = std::exchange(probe.spec.ca_file, files.located(probe.spec.ca_file));
    const std::string fault = authorities_fault(probe.spec.ca_file);
    if (fault.empty()) (void)files.read(named);
    else problems.warn(probe.ca_place, "probes." + probe.spec.name + ".ca", fault, "every verified try would fail here");
  }
}

void read_zones(const NodeConfig& node, Files& files, Written& written, Problems& problems) {
  read_folder(node.zones_dir, "zones", node.zones_place, files, problems, [&](const YamlFile& file) {
    auto zone = read_zone_file(file, written.probes, files);
    if (!zone) return;
    for (const ZoneConfig& other : written.zones)
      if (other.apex == zone->apex)
        problems.error(
            zone->place, "zone", fmt::format("'{}' is written twice", zone->name),
            fmt::format("it is already at {}:{}:{}", other.place.file, other.place.line, other.place.column));
    written.zones.push_back(std::move(*zone));
  });
}

}  // namespace

std::optional<Written> read_written(const NodeConfig& node, Files& files, Problems& problems) {
  Written written;
  if (!read_probes(node, files, written.probes, problems)) {
    read_folder(node.zones_dir, "zones", node.zones_place, files, problems, [](const YamlFile&) {});
    return std::nullopt;
  }
  note_authorities(files, written.probes, problems);
  read_zones(node, files, written, problems);
  return written;
}

}  // namespace isochrone::config
