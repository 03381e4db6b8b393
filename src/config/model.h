#pragma once
// The checked model: what the operator wrote, every rule of DESIGN §3 already applied. Two types, because what is
// fixed at start and what a reload may change are two things.
//
//   isochrone.yaml ─► NodeConfig   (fixed until restart, but for what its comments say)
//   zones/ probes/ ─► World        (built whole at every load; a load with one error builds nothing)

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer/why_zones.h"
#include "health/health.h"
#include "health/probe.h"
#include "predict/place.h"
#include "steer/latency_map.h"
#include "steer/pool.h"
#include "steer/steer.h"
#include "util/ip.h"
#include "util/problem.h"
#include "wire/name.h"
#include "zone/zone.h"

namespace isochrone::config {

struct AdminToken {
  std::string name;
  std::string file;
  bool may_read = false, may_change = false;
  std::string may_probe;    // vantage name, or empty
  std::string may_observe;  // region name, or empty
  Place place;
};

struct AdminConfig {
  std::optional<Endpoint> listen;  // absent: no HTTP listener, the socket in `state` only
  std::string tls_cert, tls_key;   // both or neither
  std::vector<AdminToken> tokens;
};

struct ReportTo {    // of a machine that only measures
  std::string node;  // https://host:port
  std::string token_file;
  std::string ca_file;
};

// How etcd is reached.
struct EtcdAccess {
  std::vector<std::string> endpoints;        // "https://10.0.0.1:2379", at least one; tried in turn
  std::string user, password_file;           // both or neither
  std::string ca_file, cert_file, key_file;  // TLS; may be empty
};

struct ClusterConfig {
  std::string name;  // of the cluster: one etcd may keep several
  EtcdAccess etcd;
};

struct ObserveConfig {           // beside a gateway: whose clients' round-trip times are told
  std::string region;
  std::vector<uint16_t> ports;  // local ones, where it listens; empty: nothing is observed
};

struct QueryLogConfig {
  std::string file;                      // empty: no query log
  uint32_t sample = 1;                   // one query in this many is logged
};

// A region that is not there yet.
struct AddedRegion {
  std::string name;
  double latitude = 0, longitude = 0;  // degrees
};

struct NodeConfig {
  std::string file;  // where it was read
  std::string node;
  std::string region;  // where this node stands; may be empty
  Place region_place;
  std::vector<Endpoint> listen;
  AdminConfig admin;
  std::string zones_dir, probes_dir, state_dir;
  Place zones_place, probes_place;  // where they are named; without a line where they are not
  uint64_t digest = 0;              // of the file's text
  int workers = 0;  // 0: one per core
  std::vector<uint8_t> nsid;
  std::string cookie_secrets;  // file; state_dir/cookie-secrets by default
  bool anycast = false;
  std::vector<std::string> exec_dirs;
  std::vector<Endpoint> resolvers;  // asked for the addresses of gateways that are names; none: the system's
  std::vector<ReportTo> report;
  ObserveConfig observe;
  uint16_t max_udp_payload = 1232;
  int tcp_clients = 0, tcp_clients_per_address = 0;  // 0: the default of net
  Duration tcp_idle = 10s;
  QueryLogConfig query_log;
  int receipts = 5;  // of each target's last tries, kept to be looked at
  std::optional<ClusterConfig> cluster;  // configuration comes from there; `zones` and `probes` are what `push` reads
  // Of `simulate` alone; no file says these.
  std::string what_if_table;                   // in place of all latency tables
  std::optional<AddedRegion> what_if_region;   // after the others
  // Of a cluster's node alone: the folder of the revision that is served, below which zones_dir and probes_dir lie.
  std::string revision_root;
};

// Whether gateways may tell of their clients here: by a token, or through another node of the cluster.
bool is_observed(const NodeConfig& config);

// One of the areas that a gateway serves.
struct ServedArea {
  enum class Kind : uint8_t { Country, Box, Continent } kind = Kind::Country;
  std::array<char, 2> code{};                         // of a country (ISO 3166) or a continent
  double south = 0, west = 0, north = 0, east = 0;    // of a box, degrees; one that crosses the date line has west > east
  std::string name;                                   // "country:JP", "area [30, 129, 46, 146]"
  bool operator==(const ServedArea&) const = default;
};

// A gateway's address, or the name that it is, with what is probed at it.
struct GatewayAddress {
  IpAddress address;
  std::optional<health::TargetId> target = {};      // none: probe "none", always up
  std::shared_ptr<const wire::Name> name = nullptr;  // in place of the address, lower case; the only one of its gateway

  std::string to_text() const { return name ? name->to_host_text() : address.to_text(); }
};

// A gateway that is another pool of the zone.
struct NestedPool {
  std::string pool;                // its name
  zone::PoolId id = zone::kNoPool;
  uint16_t min_healthy_v4 = 1, min_healthy_v6 = 1;
  bool wants_v4 = false, wants_v6 = false;  // said for this family
};

struct Gateway {
  steer::RegionId region = steer::kNoRegion;  // kNoRegion: it is a pool
  steer::RegionId number = steer::kNoRegion;  // in choices of the pool: the region, or one from the count of regions on
  std::string name;                           // of a pool: as it is called here
  std::optional<NestedPool> nested;
  uint32_t weight = 1;
  std::optional<uint16_t> priority;  // where the pool's routing is priority: always
  uint16_t shed = 0;                 // thousandths
  std::vector<Prefix> serves;        // routing: subnet; folded
  std::vector<ServedArea> areas;     // routing: geographic
  bool serves_rest = false;          // routing: subnet, geographic; whom no other gateway serves
  int8_t bias = 0;                   // routing: proximity
  bool enabled = true;
  std::vector<GatewayAddress> addresses;

  bool is_name() const { return !addresses.empty() && addresses.front().name; }
};

struct Pool {
  steer::PoolSpec spec;    // its name is zone/pool
  std::string zone;        // "azure-api.example", without the final dot
  std::string short_name;  // "shared", or the service's for a pool of its own
  std::string probe;
  health::QuorumRule quorum;
  std::vector<Gateway> gateways;
  std::vector<std::string> services;  // names of services that use it: "contoso", "@", "*"
  Duration failover_bound{};          // DESIGN §5.6
  Duration slow_start{};              // a gateway that comes back takes its networks back over this long
};

struct Service {
  std::string name;
  std::string zone;
  zone::PoolId pool = zone::kNoPool;
  std::string primary;  // region; may be empty
};

// As a client asks for it, without the final dot: "contoso.azure-api.example", of "@" the zone.
inline std::string full_name(const std::string& service, const std::string& zone) { return service == "@" ? zone : service + "." + zone; }
inline std::string full_name(const Service& service) { return full_name(service.name, service.zone); }

struct Vantage {
  std::string name;  // [0] is this node's own
  std::vector<Prefix> covers = {};                   // folded
  std::optional<std::pair<double, double>> at = {};  // latitude, longitude, degrees
  std::vector<uint32_t> covers_as = {};
  std::vector<std::string> covers_countries = {};    // "JP"
  uint16_t weight = 1;                               // in a weighted quorum, 1–1000
};

// What operators' drains may not do.
struct Guards {
  uint32_t min_regions = 0;          // that a drain must leave up and in service, of each pool that has them; 0: it need not
  uint32_t max_drains = 0;           // at once; 0: any number
  Duration longest_drain{};          // zero: any; a drain without end ends then
  uint16_t drain_rate = 0;           // thousandths of a gateway's client networks that leave within a minute; 0: all at once
};

struct ZoneInfo {
  std::string name;           // "azure-api.example"
  std::string file, records;  // its YAML and its master file
  uint64_t made_digest = 0;   // of the records that services make: did they change?
};

struct World {
  std::vector<steer::Region> regions;  // by RegionId
  std::vector<Vantage> vantages;       // by VantageId
  bool own_vantage_listed = false;     // vantages[0] has an entry in `vantages`
  std::shared_ptr<const steer::LatencyMap> map;
  std::shared_ptr<const steer::Localities> localities;  // null: no pool is routed by place
  std::vector<predict::Place> places;  // of client networks, distinct: what the map's questions number
  std::vector<std::string> tables;  // file of each table in the map, by Source::table; from isochrone.yaml's folder on
  zone::ZoneSet zones;
  std::vector<ZoneInfo> zone_infos;  // in the order of zones.zones()
  std::shared_ptr<const answer::WhyZones> why;  // null: no zone tells reasons
  std::vector<Pool> pools;           // by PoolId
  std::vector<Service> services;
  health::Plan plan;
  health::SteeringRules steering;
  Guards guards;
  std::vector<std::string> files;  // everything that was read: what the watcher watches, what is kept
  uint64_t digest = 0;             // of all the files' contents: did anything change?
};

// What a gateway of a pool is called: its region, or the operator's name of the pool that it is.
inline const std::string& name_of(const Gateway& gateway, const World& world) {
  return gateway.nested ? gateway.name : world.regions[gateway.region].name;
}

}  // namespace isochrone::config
