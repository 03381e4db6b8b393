#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

#include "config/files.h"
#include "config/latency_table.h"
#include "config/localities.h"
#include "config/made_names.h"
#include "config/names.h"
#include "config/node_config.h"
#include "config/places.h"
#include "config/probes.h"
#include "config/targets.h"
#include "config/tls_files.h"
#include "config/warnings.h"
#include "config/why_zone.h"
#include "config/yaml.h"
#include "config/zones.h"
#include "zone/builder.h"
#include "zone/master_file.h"

namespace isochrone::config {

namespace {

// The SERIAL of an SOA's RDATA: behind two names.
uint32_t serial_of_soa(std::span<const uint8_t> rdata) {
  size_t at = 0;
  for (int names = 0; names < 2; ++names) {
    while (at < rdata.size() && rdata[at] != 0) at += rdata[at] + size_t{1};
    ++at;
  }
  if (at + 4 > rdata.size()) return 0;
  return uint32_t{rdata[at]} << 24 | uint32_t{rdata[at + 1]} << 16 | uint32_t{rdata[at + 2]} << 8 | rdata[at + 3];
}

class Loader {
 public:
  Loader(const NodeConfig& node, Problems& problems, const SerialOf& serial_of, const std::string& root)
      : files_(root),
        node_(node),
        problems_(problems),
        serial_of_(serial_of),
        world_(std::make_shared<World>()),
        targets_(probes_, world_->plan) {}

  std::shared_ptr<const World> load() {
    if (!read_probes()) {
      // Whatever zones name might be in what could not be read: only what is wrong in any case is told of them.
      read_folder(node_.zones_dir, "zones", node_.zones_place, [](const YamlFile&) {});
      return nullptr;
    }
    note_authorities();
    read_zones();
    make_regions();
    make_vantages();
    make_map();
    check_nesting();
    for (const ZoneConfig& zone : zones_) make_zone(zone);
    targets_.add_beacons();
    check_exec();
    if (!problems_.ok()) return nullptr;
    for (const ZoneConfig& zone : zones_)
      for (const PoolConfig& pool : zone.pools)
        warn_of_pool(pool, probes_, *world_->map, world_->vantages.size(), problems_);
    warn_of_unused(probes_, zones_, node_, problems_);
    world_->zones = zone::ZoneSet(std::move(built_));
    warn_of_undelegated(zones_, world_->zones, problems_);
    check_names_of_ours();
    if (!problems_.ok()) return nullptr;
    if (!why_.list.empty()) {
      why_.tables = world_->tables;
      world_->why = std::make_shared<const answer::WhyZones>(std::move(why_));
    }
    world_->steering = probes_.steering;
    world_->guards = probes_.guards;
    world_->steering.anycast = node_.anycast;
    world_->files = files_.names();
    world_->digest = files_.digest();
    return world_;
  }

 private:
  // The YAML files of a folder, each handed to `use`; whether there are some, and all could be read.
  template <typename Use>
  bool read_folder(const std::string& folder, std::string_view key, const Place& named, Use use) {
    const Result<std::vector<std::string>> paths = files_.list(folder, ".yaml");
    if (!paths) {
      problems_.error(named, std::string(key), fmt::format("{} {}", folder, paths.error().text), "expected a folder");
      return false;
    }
    if (paths->empty()) problems_.error(named, std::string(key), fmt::format("{} holds no *.yaml", folder), "expected at least one file there");
    for (const std::string& path : files_.list(folder, ".yml").value_or(std::vector<std::string>()))
      problems_.warn({path, 1, 1}, "", "is not read", "files of this folder are named *.yaml");
    bool whole = !paths->empty();
    for (const std::string& path : *paths) {
      const Result<std::string> text = files_.read(path, kMaxYaml);
      if (!text) {
        problems_.error({path}, "", text.error().text);
        whole = false;
        continue;
      }
      const auto file = parse_yaml(path, *text, problems_);
      if (file) use(*file);
      else whole = false;
    }
    return whole;
  }

  bool read_probes() {
    const bool whole = read_folder(node_.probes_dir, "probes", node_.probes_place, [&](const YamlFile& file) { read_probes_file(file, probes_); });
    if (!node_.what_if_table.empty()) probes_.tables.assign(1, {node_.what_if_table, {node_.what_if_table}});
    if (const auto& added = node_.what_if_region; added && probes_.regions.size() < steer::kMaxRegions)
      probes_.regions.push_back({added->name, {node_.file}, std::pair(added->latitude, added->longitude), {}});
    return whole;
  }

  // They go where the configuration goes: into the last good load, and to a cluster's nodes.
  void note_authorities() {
    for (ProbeConfig& probe : probes_.probes) {
      if (probe.spec.ca_file.empty()) continue;
      const std::string named = std::exchange(probe.spec.ca_file, files_.located(probe.spec.ca_file));
      const std::string fault = authorities_fault(probe.spec.ca_file);
      if (fault.empty()) (void)files_.read(named);
      else problems_.warn(probe.ca_place, "probes." + probe.spec.name + ".ca", fault, "every verified try would fail here");
    }
  }

  void read_zones() {
    read_folder(node_.zones_dir, "zones", node_.zones_place, [&](const YamlFile& file) {
      auto zone = read_zone_file(file, probes_, files_);
      if (!zone) return;
      for (const ZoneConfig& other : zones_)
        if (other.apex == zone->apex)
          problems_.error(
              zone->place, "zone", fmt::format("'{}' is written twice", zone->name),
              fmt::format("it is already at {}:{}:{}", other.place.file, other.place.line, other.place.column));
      zones_.push_back(std::move(*zone));
    });
  }

  // A name is answered from the zone with the longest apex. Names that services make have one or two labels of their own.
  void check_nesting() {
    std::unordered_map<std::string, const ZoneConfig*> with_services;
    for (const ZoneConfig& zone : zones_)
      if (!zone.services.empty()) with_services.emplace(lowered(zone.name), &zone);
    for (const ZoneConfig& other : zones_) {
      const std::string name = lowered(other.name);
      size_t dot = name.find('.');
      for (int labels = 1; labels <= 2 && dot != std::string::npos; ++labels, dot = name.find('.', dot + 1))
        if (const auto above = with_services.find(name.substr(dot + 1)); above != with_services.end())
          check_nested(*above->second, other, probes_, problems_);
    }
    for (const ZoneConfig& zone : zones_)
      for (const ZoneConfig& other : zones_)
        if (zone.why) check_why_nested(zone, other, problems_);
  }

  void make_regions() {
    for (const RegionConfig& region : probes_.regions) {
      world_->regions.push_back(
          {region.name, region.at.has_value(), region.at ? region.at->first : 0, region.at ? region.at->second : 0});
      world_->plan.regions.push_back(region.name);
    }
    check_region(node_.region, node_.region_place, "region");
    for (const AdminToken& token : node_.admin.tokens) check_region(token.may_observe, token.place, "admin.tokens." + token.name);
  }

  // One that isochrone.yaml names, if it names any.
  void check_region(const std::string& name, const Place& place, const std::string& key) {
    if (name.empty() || probes_.find_region(name) != steer::kNoRegion) return;
    std::string hint = did_you_mean(name, probes_.region_names());
    problems_.error(place, key, fmt::format("there is no region '{}'", name), hint.empty() ? "regions are listed in probes/*.yaml" : hint);
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
    std::vector<std::string_view> names;
    for (const Vantage& vantage : world_->vantages) names.push_back(vantage.name);
    for (const AdminToken& token : node_.admin.tokens) {
      if (token.may_probe.empty() || std::find(names.begin(), names.end(), token.may_probe) != names.end()) continue;
      std::string hint = did_you_mean(token.may_probe, names);
      problems_.error(token.place, "admin.tokens." + token.name,
                      fmt::format("there is no vantage '{}'", token.may_probe),
                      hint.empty() ? "vantages are listed in probes/*.yaml" : hint);
    }
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

  void make_zone(const ZoneConfig& zone) {
    check_made_names(zone, probes_, problems_);
    check_why_lengths(zone, problems_);
    const std::vector<zone::PoolId> pool_ids = make_pools(zone);
    for (const ServiceConfig& service : zone.services) {
      const zone::PoolId id = pool_ids[service.pool];
      world_->pools[id].services.push_back(service.name);
      world_->services.push_back({service.name, zone.name, id,
                                  service.primary != steer::kNoRegion ? probes_.regions[service.primary].name : ""});
    }
    build_tree(zone, pool_ids);
  }

  // Pools that no service uses are left out.
  std::vector<zone::PoolId> make_pools(const ZoneConfig& zone) {
    std::vector<zone::PoolId> ids(zone.pools.size(), zone::kNoPool);
    std::vector<const ServiceConfig*> first_service(zone.pools.size());
    for (const ServiceConfig& service : zone.services)
      if (first_service[service.pool] == nullptr) first_service[service.pool] = &service;
    for (size_t i = 0; i < zone.pools.size(); ++i) make_pool(zone, i, first_service, ids);
    return ids;
  }

  // Pools in a pool come before it.
  void make_pool(const ZoneConfig& zone, size_t i, const std::vector<const ServiceConfig*>& first_service,
                 std::vector<zone::PoolId>& ids) {
    const PoolConfig& from = zone.pools[i];
    if (!from.used || ids[i] != zone::kNoPool) return;
    for (const uint32_t inner : from.nested)
      if (inner != PoolConfig::kNotNested) make_pool(zone, inner, first_service, ids);
    Pool pool;
    pool.spec = from.settings.spec;
    pool.spec.name = zone.name + "/" + from.name;
    pool.zone = zone.name;
    pool.short_name = from.name;
    const health::ProbeSpec& probe = probes_.probes[from.settings.probe.value_or(0)].spec;
    pool.probe = probe.name;
    pool.quorum = from.settings.quorum;
    pool.slow_start = from.settings.slow_start;
    pool.gateways = from.gateways;
    if (pool.spec.routing == steer::Routing::Subnet) pool.spec.serves = serves_of(pool.gateways);
    if (pool.spec.routing == steer::Routing::Geographic) pool.spec.geography = localizer_->geography_of(pool.gateways);
    pool.failover_bound = link_nested(from, ids, pool.gateways) ? failover_bound(probe, pool.spec.ttl) : Duration{};
    for (const Gateway& gateway : pool.gateways)
      if (gateway.nested && gateway.nested->id != zone::kNoPool)
        pool.failover_bound = std::max(pool.failover_bound, world_->pools[gateway.nested->id].failover_bound);
    targets_.add_pool(zone, from, first_service[i], pool.gateways, problems_);
    ids[i] = static_cast<zone::PoolId>(world_->pools.size());
    world_->pools.push_back(std::move(pool));
  }

  // Whether the pool has gateways of its own, too.
  static bool link_nested(const PoolConfig& from, const std::vector<zone::PoolId>& ids, std::vector<Gateway>& gateways) {
    bool own = false;
    for (size_t i = 0; i < gateways.size(); ++i) {
      own |= !gateways[i].nested;
      if (gateways[i].nested && from.nested[i] != PoolConfig::kNotNested) gateways[i].nested->id = ids[from.nested[i]];
    }
    return own;
  }

  static std::shared_ptr<const steer::Serves> serves_of(const std::vector<Gateway>& gateways) {
    std::vector<std::pair<Prefix, steer::RegionId>> prefixes;
    steer::RegionSet rest;
    for (const Gateway& gateway : gateways) {
      if (gateway.number == steer::kNoRegion) continue;  // reported; this world is thrown away
      for (const Prefix& prefix : gateway.serves) prefixes.emplace_back(prefix, gateway.number);
      if (gateway.serves_rest) rest.add(gateway.number);
    }
    return std::make_shared<const steer::Serves>(std::move(prefixes), rest);
  }

  void build_tree(const ZoneConfig& zone, const std::vector<zone::PoolId>& pool_ids) {
    if (zone.records.empty()) return;
    zone::ZoneBuilder builder(zone.apex, seed_, {zone.records, 0, 0});
    StaticRegionals regionals(zone);
    WhyMaker why(zone);
    const size_t errors_before = problems_.errors();
    const std::optional<uint32_t> serial = read_records(zone, builder, regionals, why);
    if (!serial) return;
    regionals.check(probes_, problems_);
    why.check(problems_);
    const uint64_t made = add_made_names(zone, probes_, pool_ids, builder) ^ why.add_cut(builder);
    if (serial_of_) builder.set_serial(serial_of_(zone.name, *serial, made));
    auto tree = builder.build(problems_);
    if (problems_.errors() != errors_before || !tree) return;
    if (zone.why) why_.list.push_back({tree.get(), why.build(seed_, tree->serial(), pool_ids, problems_), zone.why->allow});
    built_.push_back(std::move(tree));
    world_->zone_infos.push_back({zone.name, zone.place.file, zone.records, made});
  }

  // The serial of the master file, 0 where it has none; nullopt: the file cannot be read. The texts are let go before the
  // tree is built.
  std::optional<uint32_t> read_records(const ZoneConfig& zone, zone::ZoneBuilder& builder, StaticRegionals& regionals, WhyMaker& why) {
    const Result<std::string> text = files_.read(zone.records);
    if (!text) {
      problems_.error(zone.records_place, "records", fmt::format("{} {}", zone.records, text.error().text));
      return std::nullopt;
    }
    std::deque<std::string> included;  // texts; the parser looks at them
    uint32_t serial = 0;
    zone::parse_master_file(
        {*text, zone.records, zone.apex},
        [&](const std::string& path) -> Result<std::string_view> {
          Result<std::string> more = files_.read(path);
          if (!more) return tl::unexpected(more.error());
          return std::string_view(included.emplace_back(std::move(*more)));
        },
        [&](const zone::Record& record) {
          if (record.type == wire::Type::SOA) serial = serial_of_soa(record.rdata);
          zone::Record kept = record;
          kept.where.file = lasting(record.where.file);
          regionals.see(kept);
          if (why.see(kept)) builder.add(kept);
        },
        problems_);
    return serial;
  }

  // A file's name that lives as long as this Loader: records remember where they stood.
  std::string_view lasting(std::string_view file) {
    if (file_names_.empty() || file_names_.back() != file) {
      const auto known = std::find(file_names_.begin(), file_names_.end(), file);
      if (known != file_names_.end()) return *known;
      file_names_.emplace_back(file);
    }
    return file_names_.back();
  }

  // A gateway whose name would be in a zone of ours has to be there: clients would be sent to nothing.
  void check_names_of_ours() {
    for (const ZoneConfig& zone : zones_)
      for (const PoolConfig& pool : zone.pools)
        for (const Gateway& gateway : pool.gateways) {
          if (!gateway.is_name()) continue;
          wire::QName name;
          if (!name.assign(gateway.addresses.front().name->wire())) continue;
          const auto match = world_->zones.find(name);
          if (!match.zone) continue;
          const zone::Found found = match.zone->find(name, match.apex_suffix);
          if (found.exact || found.cut || found.dname || found.wildcard) continue;
          problems_.error(pool.place, pool.key, fmt::format("there is no name '{}', where its gateway in '{}' is", gateway.addresses.front().to_text(),
                                                            probes_.regions[gateway.region].name),
                          fmt::format("expected it in the zone '{}', which is served here", match.zone->apex().to_host_text()));
        }
  }

  void check_exec() {
    for (const ProbeConfig& probe : probes_.probes) {
      if (probe.spec.exec.empty()) continue;
      const std::string& program = probe.spec.exec[0];
      const bool allowed = std::any_of(node_.exec_dirs.begin(), node_.exec_dirs.end(), [&](const std::string& folder) {
        return program.starts_with(folder.ends_with('/') ? folder : folder + "/") &&
               program.find("/../") == std::string::npos;
      });
      if (!allowed)
        problems_.error(probe.place, "probes." + probe.spec.name,
                        fmt::format("'{}' is in no folder that this machine allows", program),
                        fmt::format("expected a program below a folder of 'exec' in {}", node_.file));
    }
  }

  Files files_;
  const NodeConfig& node_;
  Problems& problems_;
  const SerialOf& serial_of_;
  ProbesConfig probes_;
  std::vector<ZoneConfig> zones_;
  std::deque<std::string> file_names_;
  const uint64_t seed_ = uint64_t{std::random_device()()} << 32 | std::random_device()();
  std::vector<std::shared_ptr<const zone::Zone>> built_;
  answer::WhyZones why_;
  std::shared_ptr<World> world_;
  TargetMaker targets_;
  std::optional<Localizer> localizer_;  // once the zones are read
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
    if (!paths) return true;
    for (const std::string& path : *paths)
      if (std::find(world.files.begin(), world.files.end(), path) == world.files.end()) return true;
  }
  for (const std::string& path : world.files)
    if (!files.skim(path)) return true;
  return files.digest() != world.digest;
}

std::shared_ptr<const World> load_world(const NodeConfig& node, Problems& problems, const SerialOf& serial_of,
                                        const std::string& root) {
  return Loader(node, problems, serial_of, root).load();
}

}  // namespace isochrone::config
