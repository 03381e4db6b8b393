#include "config/services_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "config/csv_file.h"
#include "config/names.h"

namespace isochrone::config {

namespace {

class ServicesReader {
 public:
  ServicesReader(const std::string& path, const ServiceList& list, LineStream& lines, Problems& problems)
      : list_(list), file_(path, lines, problems) {
    for (size_t i = 0; i < list.pools.size(); ++i) pool_by_name_.emplace(list.pools[i], static_cast<uint32_t>(i));
  }

  void read() {
    const auto header = file_.next();
    if (!header) return file_.empty(kHeader);
    if (!is_header(*header)) return file_.no_header(CsvLine(*header), kHeader);
    while (const auto line = file_.next()) read_line(*line);
  }

 private:
  static constexpr const char* kHeader = "expected name,pool or name,pool,primary";

  static bool is_header(std::string_view header) {
    CsvLine fields(header);
    if (fields.next() != "name" || fields.next() != "pool") return false;
    const auto third = fields.next();
    return !third || (*third == "primary" && !fields.next());
  }
  void read_line(std::string_view line) {
    CsvLine fields(line);
    ServiceConfig service;
    service.name = lowered(*fields.next());
    service.file = static_cast<uint8_t>(list_.zone.files.size() - 1);
    service.line = file_.line();
    service.column = fields.column();
    if (!is_service_name(service.name))
      return file_.wrong(fields, fmt::format("'{}' is no service's name", service.name.substr(0, 60)),
                   "expected one label of letters, digits and inner hyphens, or @ or *");
    const auto pool = fields.next();
    if (!pool) return file_.wrong(fields, "has no pool", "expected name,pool");
    const auto found = pool_by_name_.find(*pool);
    if (found == pool_by_name_.end()) {
      std::string hint = did_you_mean(*pool, list_.pools);
      return file_.wrong(fields, fmt::format("there is no pool '{}'", pool->substr(0, 60)),
                   hint.empty() ? "pools are listed in 'pools'" : hint);
    }
    service.pool = found->second;
    if (const auto primary = fields.next(); primary && !primary->empty()) {
      const auto& gateways = list_.zone.pools[service.pool].gateways;
      const auto at = std::find_if(gateways.begin(), gateways.end(), [&](auto& g) {
        return g.region != steer::kNoRegion && list_.probes.regions[g.region].name == *primary;
      });
      const bool nests = std::any_of(gateways.begin(), gateways.end(), [](auto& g) { return g.nested.has_value(); });
      const steer::RegionId region = at != gateways.end() ? at->region : nests ? list_.probes.find_region(*primary) : steer::kNoRegion;
      if (region == steer::kNoRegion)
        return file_.wrong(fields, fmt::format("there is no gateway in '{}'", primary->substr(0, 60)),
                     fmt::format("expected a region of pool '{}'", *pool));
      service.primary = region;
    }
    if (fields.next()) return file_.wrong(fields, "more fields than name,pool,primary");
    list_.zone.services.push_back(std::move(service));
  }

  const ServiceList& list_;
  CsvFile file_;
  std::unordered_map<std::string_view, uint32_t> pool_by_name_;
};

}  // namespace

void read_services_csv(const std::string& path, const Node& node, const ServiceList& list, Files& files,
                       Problems& problems) {
  Result<LineStream> lines = files.open(path);
  if (!lines) return node.error(fmt::format("{} {}", path, lines.error().text));
  ServicesReader(path, list, *lines, problems).read();
}

}  // namespace isochrone::config
