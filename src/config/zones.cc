#include "config/zones.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/gateways.h"
#include "config/names.h"
#include "config/nesting.h"
#include "config/probe_spec.h"
#include "config/templates.h"
#include "config/services_csv.h"

namespace isochrone::config {

namespace {

class ZoneReader {
 public:
  ZoneReader(const YamlFile& file, const ProbesConfig& probes, Files& files)
      : file_(file), probes_(probes), files_(files) {
    zone_.files.push_back(file.name());
  }

  std::optional<ZoneConfig> read() {
    Map map(&file_.root());
    map.not_built("transfer", "zone transfer");
    read_dnssec(map.find("dnssec"));
    read_why(map.find("why"));
    const bool named = read_name(map.require("zone", "the name of the zone"));
    if (const Node* records = map.require("records", "the zone's master file: SOA, NS and what is static")) {
      zone_.records = records->file_path().value_or("");
      zone_.records_place = records->place();
    }
    read_defaults(map.find("defaults"));
    read_pools(map.find("pools"));
    read_services(map.find("services"));
    finish_services();
    PoolNester(zone_, gateways_).link();
    check_all_down();
    if (!named) return std::nullopt;
    return std::move(zone_);
  }

 private:
  bool read_name(const Node* node) {
    const auto text = node != nullptr ? node->text("the name of the zone") : std::nullopt;
    if (!text) return false;
    const Result<wire::Name> name = wire::Name::parse(*text);
    if (!name) {
      node->error("is " + node->describe(), name.error().text);
      return false;
    }
    zone_.apex = name->lowered();
    zone_.name = zone_.apex.to_host_text();
    zone_.place = node->place();
    return true;
  }

  void read_dnssec(const Node* node) {
    if (node == nullptr) return;
    if (node->kind() == Node::Kind::Text && node->describe() != "'on'" && node->describe() != "'true'" &&
        node->describe() != "'yes'") {
      node->boolean();
      return;
    }
    node->error("signing is not built yet", "expected off");
  }

  void read_why(const Node* node) {
    if (node == nullptr) return;
    Map map(node);
    if (map.node() == nullptr) return;
    const Node* allow = map.require("allow", "the networks of those who may ask for reasons");
    WhyConfig why{{}, node->key_place()};
    if (allow != nullptr)
      for (const Node* net : allow->list_or_one("expected networks, or no 'why' at all"))
        if (const auto prefix = net->prefix()) why.allow.push_back(*prefix);
    zone_.why = std::move(why);
  }

  void read_defaults(const Node* node) {
    Map map(node);
    defaults_ = read_pool_settings(map, PoolSettings(), probes_);
  }

  // What a pool and a service with gateways of its own have in common.
  uint32_t add_pool(const Node& entry, Map& map, const Node& gateways) {
    PoolConfig pool;
    pool.name = lowered(entry.key());
    pool.place = entry.key_place();
    pool.key = entry.path();
    pool.settings = read_pool_settings(map, defaults_, probes_);
    read_host(map.find("host"), pool.settings);
    pool.gateways = read_gateways(gateways, probes_, pool.settings.spec.routing);
    const bool has_own = std::any_of(pool.gateways.begin(), pool.gateways.end(), [](auto& g) { return !g.nested; });
    if (has_own && !pool.settings.probe)
      entry.key_error("has no 'probe'",
                      "expected a probe's name here or in 'defaults', or none: not probed, always up");
    pool.gives_names = std::any_of(pool.gateways.begin(), pool.gateways.end(), [](auto& g) { return g.is_name(); });
    if (pool.gives_names) map.misplaced("families", "a gateway that is a name has whatever families its name has");
    gateways_.push_back(&gateways);
    zone_.pools.push_back(std::move(pool));
    return static_cast<uint32_t>(zone_.pools.size() - 1);
  }

  void read_host(const Node* node, PoolSettings& settings) {
    if (node == nullptr) return;
    settings.host = node->text("the host that probes ask for").value_or("");
    const auto& spec = probes_.probes[settings.probe.value_or(0)].spec;
    if (settings.probe && !uses_host(spec.kind))
      node->key_error("out of place here",
                      fmt::format("it belongs to http, https and grpc probes; '{}' is none", spec.name));
    if (!settings.host.empty()) check_host(*node, settings.host);
  }

  void read_pools(const Node* node) {
    if (node == nullptr || !node->expect(Node::Kind::Map)) return;
    for (const Node* entry : node->children()) {
      if (!is_plain_name(entry->key()))
        entry->key_error("is no pool's name", "expected letters, digits, '-', '_' and '.'");
      Map map(entry);
      const Node* gateways = map.require("gateways", "regions with addresses");
      if (gateways != nullptr)
        add_pool(*entry, map, *gateways);
      else
        map.allow_any();
    }
    shared_pools_ = zone_.pools.size();
  }

  std::optional<uint32_t> find_pool(std::string_view name) const {
    for (size_t i = 0; i < shared_pools_; ++i)
      if (zone_.pools[i].name == lowered(name)) return static_cast<uint32_t>(i);
    return std::nullopt;
  }
  std::vector<std::string_view> pool_names() const {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < shared_pools_; ++i) names.push_back(zone_.pools[i].name);
    return names;
  }

  void read_services(const Node* node) {
    if (node == nullptr || !node->expect(Node::Kind::Map)) return;
    for (const Node* entry : node->children()) {
      // `from: services.csv` is a list of services; `from: {…}` would be a service of that name.
      if (entry->key() == "from" && entry->kind() == Node::Kind::Text)
        read_list(*entry);
      else
        read_service(*entry);
    }
  }

  void read_list(const Node& node) {
    const auto path = node.file_path();
    if (!path) return;
    zone_.files.push_back(*path);
    const auto names = pool_names();
    read_services_csv(*path, node, {names, probes_, zone_}, files_, file_.problems());
  }

  void read_service(const Node& entry) {
    ServiceConfig service;
    service.name = lowered(entry.key());
    service.line = entry.key_place().line;
    service.column = entry.key_place().column;
    if (!is_service_name(service.name))
      return entry.key_error("is no service's name",
                             "expected one label of letters, digits and inner hyphens, or \"@\" or \"*\"");
    Map map(&entry);
    if (map.node() == nullptr) return;
    const Node* primary = map.find("primary");
    const Node* pool = map.find("pool");
    const Node* gateways = map.find("gateways");
    if ((pool != nullptr) == (gateways != nullptr)) {
      entry.key_error(pool != nullptr ? "has both a pool and gateways" : "has neither a pool nor gateways",
                      "expected one of them");
      map.allow_any();
      return;
    }
    if (gateways != nullptr) {
      service.pool = add_pool(entry, map, *gateways);
      if (find_pool(service.name))
        entry.key_error(fmt::format("its own pool would be named '{}' like the one in 'pools'", service.name),
                        "choose another name there");
    } else if (!link_pool(*pool, map, service)) {
      return;
    }
    if (primary != nullptr) link_primary(*primary, service);
    zone_.services.push_back(std::move(service));
  }

  bool link_pool(const Node& node, Map& map, ServiceConfig& service) {
    for (std::string_view key :
         {"routing", "count", "per", "fallback", "probe", "ttl", "ttl-min", "tolerance", "slow-start", "all-down", "quorum", "families", "host"})
      map.misplaced(key, "it belongs to the pool");
    const auto name = node.text("a pool's name");
    if (!name) return false;
    const auto pool = find_pool(*name);
    if (!pool) {
      std::string hint = did_you_mean(*name, pool_names());
      node.error(fmt::format("there is no pool '{}'", *name), hint.empty() ? "pools are listed in 'pools'" : hint);
      return false;
    }
    service.pool = *pool;
    return true;
  }

  void link_primary(const Node& node, ServiceConfig& service) {
    const auto name = node.text("a region");
    if (!name) return;
    const auto& gateways = zone_.pools[service.pool].gateways;
    service.primary = probes_.find_region(*name);
    // The region of a pool in it will do.
    if (std::any_of(gateways.begin(), gateways.end(), [](auto& g) { return g.nested.has_value(); })) {
      service.primary = expect_region(node, *name, probes_);
      return;
    }
    if (std::any_of(gateways.begin(), gateways.end(), [&](auto& g) { return g.region == service.primary; }) &&
        service.primary != steer::kNoRegion)
      return;
    std::vector<std::string_view> regions;
    for (const Gateway& gateway : gateways)
      if (gateway.region != steer::kNoRegion) regions.push_back(probes_.regions[gateway.region].name);
    node.error(fmt::format("there is no gateway in '{}'", *name),
               fmt::format("expected a region of the service: {}", fmt::join(regions, ", ")));
  }

  void finish_services() {
    auto& services = zone_.services;
    std::stable_sort(services.begin(), services.end(), [](auto& a, auto& b) { return a.name < b.name; });
    for (size_t i = 0; i < services.size(); ++i) {
      ++zone_.pools[services[i].pool].services;
      if (i == 0 || services[i].name != services[i - 1].name) continue;
      const Place first = zone_.place_of(services[i - 1]);
      file_.problems().error(zone_.place_of(services[i]), "services." + services[i].name, "is written twice",
                             fmt::format("it is already at {}:{}:{}", first.file, first.line, first.column));
    }
  }

  // A name has one CNAME and nothing beside it (RFC 2181 §10.1).
  void check_all_down() {
    for (const PoolConfig& pool : zone_.pools) {
      const steer::AllDown policy = pool.settings.spec.all_down;
      if (!pool.gives_names || (policy != steer::AllDown::ServeAll && policy != steer::AllDown::Address)) continue;
      file_.problems().error(pool.place, pool.key,
                             fmt::format("its gateways are names, and 'all-down' is {}", policy == steer::AllDown::ServeAll ? "serve-all" : "an address"),
                             "expected 'all-down: serve-nearest', nodata or servfail: its answer is one CNAME");
    }
  }

  const YamlFile& file_;
  const ProbesConfig& probes_;
  Files& files_;
  ZoneConfig zone_;
  PoolSettings defaults_;
  std::vector<const Node*> gateways_;  // by pool: its `gateways:`
  size_t shared_pools_ = 0;            // of zone_.pools: those of `pools:`
};

}  // namespace

const ServiceConfig* ZoneConfig::find_service(std::string_view wanted) const {
  const auto at = std::lower_bound(services.begin(), services.end(), wanted,
                                   [](auto& s, std::string_view n) { return s.name < n; });
  return at != services.end() && at->name == wanted ? &*at : nullptr;
}

std::optional<ZoneConfig> read_zone_file(const YamlFile& file, const ProbesConfig& probes, Files& files) {
  return ZoneReader(file, probes, files).read();
}

}  // namespace isochrone::config
