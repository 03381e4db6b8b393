#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/files.h"
#include "config/latency_table.h"
#include "config/localities.h"
#include "config/made_names.h"
#include "config/node_config.h"
#include "config/places.h"
#include "config/pools.h"
#include "config/references.h"
#include "config/targets.h"
#include "config/trees.h"
#include "config/warnings.h"
#include "config/why_zone.h"
#include "config/written.h"
#include "config/yaml.h"

namespace isochrone::config {

namespace {

// What was written → a World.
class Maker {
 public:
  Maker(const NodeConfig& node, const Written& written, Files& files, Problems& problems)
      : node_(node), probes_(written.probes), zones_(written.zones), files_(files), problems_(problems), world_(std::make_shared<World>()) {}

  std::shared_ptr<World> make(const SerialOf& serial_of) {
    make_regions();
    check_regions(node_, probes_, problems_);
    make_vantages();
    check_vantages(node_, world_->vantages, problems_);
    make_map();
    check_nesting(zones_, probes_, problems_);
    TreeMaker trees(probes_, serial_of, files_, *world_, problems_);
    make_zones(trees);
    check_exec(node_, probes_, problems_);
    if (!problems_.ok()) return nullptr;
    world_->zones = zone::ZoneSet(trees.take());
    warn();
    check_names_of_ours(zones_, world_->zones, probes_, problems_);
    if (!problems_.ok()) return nullptr;
    world_->why = trees.take_why();
    world_->steering = probes_.steering;
    world_->steering.anycast = node_.anycast;
    world_->guards = probes_.guards;
    return world_;
  }

 private:
  void make_regions() {
    for (const RegionConfig& region : probes_.regions) {
      world_->regions.push_back(
          {region.name, region.at.has_value(), region.at ? region.at->first : 0, region.at ? region.at->second : 0});
      world_->plan.regions.push_back(region.name);
    }
  }

  // [0] is this node's own, which needs no entry.
  void make_vantages() {
    world_->vantages.push_back({node_.node, {}, std::nullopt});
    for (const VantageConfig& vantage : probes_.vantages) {
      world_->own_vantage_listed |= vantage.name == node_.node;
      if (vantage.name == node_.node) world_->vantages[0] = vantage;
      else world_->vantages.push_back(vantage);
    }
    Vantage& own = world_->vantages[0];
    if (const steer::RegionId region = probes_.find_region(node_.region); !own.at && region != steer::kNoRegion)
      own.at = probes_.regions[region].at;
  }

  void make_map() {
    steer::LatencyMapBuilder builder(static_cast<int>(probes_.regions.size()));
    for (size_t v = 0; v < world_->vantages.size(); ++v)
      for (const Prefix& prefix : world_->vantages[v].covers)
        builder.add_cover(prefix, static_cast<steer::VantageId>(v));
    for (size_t t = 0; t < probes_.tables.size(); ++t) {
      read_latency_table(static_cast<int>(t), probes_, files_, builder, problems_);
      world_->tables.push_back(within_configuration(probes_.tables[t].path));
    }
    for (const ZoneConfig& zone : zones_)
      for (const PoolConfig& pool : zone.pools)
        for (const Gateway& gateway : pool.gateways)
          for (const Prefix& prefix : gateway.serves) builder.add_divider(prefix);
    for (const VantageConfig& vantage : probes_.vantages)
      if (probes_.places.empty() && !(vantage.covers_as.empty() && vantage.covers_countries.empty()))
        problems_.error(vantage.place, "vantages." + vantage.name + ".covers",
                        "an AS or a country is covered, but nothing says which networks are there",
                        "expected 'places' with a table or an MMDB file");
    Places places = read_places(probes_, files_, problems_);
    localizer_.emplace(zones_, probes_, problems_);
    localizer_->number(places, world_->regions);
    world_->localities = localizer_->localities();
    add_places(places, world_->vantages, localizer_->of_networks(), builder);
    const auto count = static_cast<uint32_t>(places.distinct.size());
    world_->places = std::move(places.distinct);
    if (problems_.ok()) world_->map = std::move(builder).build(count, is_observed(node_));
  }

  // As an operator knows it: from the folder of isochrone.yaml on, where it lies below that.
  std::string within_configuration(const std::string& path) const {
    const std::string folder = node_.file.substr(0, node_.file.rfind('/') + 1);  // "" where there is no slash
    return path.starts_with(folder) ? path.substr(folder.size()) : path;
  }

  void make_zones(TreeMaker& trees) {
    TargetMaker targets(probes_, world_->plan);
    PoolMaker pools(probes_, *localizer_, targets, *world_, problems_);
    for (const ZoneConfig& zone : zones_) {
      check_made_names(zone, probes_, problems_);
      check_why_lengths(zone, problems_);
      const std::vector<zone::PoolId> pool_ids = pools.add(zone);
      for (const ServiceConfig& service : zone.services) {
        const zone::PoolId id = pool_ids[service.pool];
        world_->pools[id].services.push_back(service.name);
        world_->services.push_back({service.name, zone.name, id,
                                    service.primary != steer::kNoRegion ? probes_.regions[service.primary].name : ""});
      }
      trees.add(zone, pool_ids);
    }
    targets.add_beacons();
  }

  void warn() {
    for (const ZoneConfig& zone : zones_)
      for (const PoolConfig& pool : zone.pools)
        warn_of_pool(pool, probes_, *world_->map, world_->vantages.size(), problems_);
    warn_of_unused(probes_, zones_, node_, problems_);
    warn_of_undelegated(zones_, world_->zones, problems_);
  }

  const NodeConfig& node_;
  const ProbesConfig& probes_;
  const std::vector<ZoneConfig>& zones_;
  Files& files_;
  Problems& problems_;
  std::shared_ptr<World> world_;
  std::optional<Localizer> localizer_;  // once there is a map
};

}  // namespace

Result<NodeConfig> load_node_config(const std::string& path, Problems& problems) {
  const size_t before = problems.errors();
  Files files;
  const Result<std::string> text = files.read(path, kMaxYaml);
  if (!text) {
    problems.error({path}, "", text.error().text);
    return fail(fmt::format("{}: {}", path, text.error().text));
  }
  NodeConfig config = parse_node_config(path, *text, problems);
  config.digest = files.digest();
  if (problems.errors() == before) return config;
  const auto first = std::find_if(problems.list().begin(), problems.list().end(),
                                  [](auto& p) { return p.kind == Problem::Kind::Error; });
  return fail(first != problems.list().end() ? first->to_text() : path + ": has problems");
}

bool has_changed(const NodeConfig& node) {
  Files files;
  return files.read(node.file, kMaxYaml) && files.digest() != node.digest;
}

bool has_changed(const NodeConfig& node, const World& world) {
  Files files(node.revision_root);
  for (const std::string& folder : {node.zones_dir, node.probes_dir}) {
    const Result<std::vector<std::string>> paths = files.list(folder, ".yaml");
    if (!paths || !files.list(folder, ".yml").value_or(std::vector<std::string>()).empty()) return true;  // a load warns of these
    for (const std::string& path : *paths)
      if (std::find(world.files.begin(), world.files.end(), path) == world.files.end()) return true;
  }
  for (const std::string& path : world.files)
    if (!files.skim(path)) return true;
  return files.digest() != world.digest;
}

std::shared_ptr<const World> load_world(const NodeConfig& node, Problems& problems, const SerialOf& serial_of,
                                        const std::string& root) {
  Files files(root);
  const std::optional<Written> written = read_written(node, files, problems);
  if (!written) return nullptr;
  const std::shared_ptr<World> world = Maker(node, *written, files, problems).make(serial_of);
  if (!world) return nullptr;
  world->files = files.names();
  world->digest = files.digest();
  return world;
}

}  // namespace isochrone::config
