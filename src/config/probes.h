#pragma once
// probes/*.yaml → regions, probes, vantages, the list of latency tables, steering (DESIGN §3). All files of the
// folder are one: a name in two of them is an error that tells both places.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/files.h"
#include "config/model.h"
#include "config/yaml.h"
#include "health/probe.h"
#include "util/problem.h"

namespace isochrone::config {

// An address at which a region's RTT is measured: by ICMP, or by TCP where a port is written.
struct Beacon {
  IpAddress address;
  uint16_t port = 0;
};

struct RegionConfig {
  std::string name;                             // lower case
  std::string written;                          // as it stands: where that is something else it was reported, and is understood
  Place place;
  std::optional<std::pair<double, double>> at;  // latitude, longitude, degrees
  std::vector<Beacon> beacons;
};

struct ProbeConfig {
  health::ProbeSpec spec;
  Place place;
  Place ca_place;  // of `ca`, where it is there
};

struct VantageConfig : Vantage {
  Place place;
};

struct TableConfig {
  std::string path;
  Place place;
};

// Where client networks are: a CSV table, or an MMDB file.
struct PlacesConfig {
  std::string path;
  Place place;
  bool mmdb = false;
};

struct ProbesConfig {
  std::vector<RegionConfig> regions;  // at most steer::kMaxRegions
  std::vector<ProbeConfig> probes;    // [0] is "none"
  std::vector<VantageConfig> vantages;
  std::vector<TableConfig> tables;  // at most 255
  std::vector<PlacesConfig> places;
  health::SteeringRules steering;
  Place steering_place;  // line 0: not written
  Guards guards;
  Place guards_place;    // line 0: not written

  ProbesConfig();
  std::optional<size_t> find_probe(std::string_view name) const;
  steer::RegionId find_region(std::string_view name) const;  // kNoRegion: there is none
  std::vector<std::string_view> region_names() const;
  std::vector<std::string_view> probe_names() const;
};

// Adds one file's contents.
void read_probes_file(const YamlFile& file, ProbesConfig& config);

// The region that a key or text of `node` names; kNoRegion, reported with a suggestion, where there is none.
steer::RegionId expect_region(const Node& node, std::string_view name, const ProbesConfig& config);

}  // namespace isochrone::config
