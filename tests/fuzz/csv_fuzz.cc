// Any octets as a latency table and as a list of services: every problem has its place, and what is taken is sound.

#include "check.h"
#include "config/csv_file.h"
#include "config/latency_table.h"
#include "config/services_csv.h"
#include "memory_file.h"
#include "target.h"

namespace isochrone::config {
namespace {

constexpr std::string_view kProbes = "regions: {a: {at: [1, 1]}, b: {}, c: {}}\nlatency: [{table: /t}]\n";

// A probes folder whose one table is at `path`.
ProbesConfig installation(std::string path) {
  static Problems problems;
  static const std::unique_ptr<YamlFile> file = parse_yaml("probes.yaml", kProbes, problems);
  ProbesConfig config;
  read_probes_file(*file, config);
  CHECK(problems.ok() && config.tables.size() == 1);
  config.tables[0].path = std::move(path);
  return config;
}

void check_problems(const Problems& problems) {
  CHECK(problems.errors() <= CsvFile::kMaxProblems + 1);  // and that there are more
  if (!problems.ok()) CHECK(!problems.to_text().empty());
}

}  // namespace

FUZZ_TARGET(csv) {
  const MemoryFile memory({data, size});
  const ProbesConfig probes = installation(memory.path());
  {
    Files files;
    Problems problems;
    steer::LatencyMapBuilder builder(static_cast<int>(probes.regions.size()));
    read_latency_table(0, probes, files, builder, problems);
    std::move(builder).build();
    check_problems(problems);
  }
  Problems problems;
  Files files;
  const auto yaml = parse_yaml("zone.yaml", "services: {from: services.csv}\n", problems);
  const std::vector<std::string_view> pools{"shared", "other"};
  ZoneConfig zone;
  zone.files = {"zone.yaml", memory.path()};
  zone.pools.resize(pools.size());
  zone.pools[0].gateways.resize(1);
  zone.pools[0].gateways[0].region = 1;
  read_services_csv(memory.path(), yaml->root(), {pools, probes, zone}, files, problems);
  check_problems(problems);
  for (const ServiceConfig& service : zone.services) {
    CHECK(service.pool < pools.size() && service.line > 0);
    CHECK(service.primary == steer::kNoRegion || (service.pool == 0 && service.primary == 1));
  }
  return 0;
}

}  // namespace isochrone::config
