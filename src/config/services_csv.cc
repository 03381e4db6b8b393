#include "config/services_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "config/csv.h"
#include "config/names.h"

namespace isochrone::config {

namespace {

constexpr size_t kMaxProblems = 100;  // after which the rest of a list is not read

class ServicesReader {
 public:
  ServicesReader(const std::string& path, const ServiceList& list, LineStream& lines, Problems& problems)
      : path_(path), list_(list), lines_(lines), problems_(problems) {
    for (size_t i = 0; i < list.pools.size(); ++i) pool_by_name_.emplace(list.pools[i], static_cast<uint32_t>(i));
  }

  void read() {
    auto header = next_line();
    if (!header || !read_header(*header)) {
      if (!lines_.failed() && !lines_.too_long())
        problems_.error({path_, lines_.line(), header ? 1u : 0u}, "", header ? "the first line is no header" : "empty",
                        "expected name,pool or name,pool,primary");
    } else {
      while (const auto line = next_line()) read_line(*line);
    }
    if (lines_.too_long())
      problems_.error({path_, lines_.line(), 1}, "", fmt::format("a line of more than {} octets", LineStream::kMaxLine),
                      "is this a CSV file?");
    if (lines_.failed()) problems_.error({path_}, "", "cannot be read: input/output error");
  }

 private:
  std::optional<std::string_view> next_line() {
    while (count_ < kMaxProblems) {
      const auto line = lines_.next();
      if (!line || !is_csv_comment(*line)) return line;
    }
    problems_.error({path_, lines_.line(), 1}, "", fmt::format("{} problems: the rest is not read", count_));
    return std::nullopt;
  }
  static bool read_header(std::string_view header) {
    CsvLine fields(header);
    if (fields.next() != "name" || fields.next() != "pool") return false;
    const auto third = fields.next();
    return !third || (*third == "primary" && !fields.next());
  }
  void wrong(const CsvLine& fields, std::string what, std::string expected = {}) {
    ++count_;
    problems_.error({path_, lines_.line(), fields.column()}, "", std::move(what), std::move(expected));
  }

  void read_line(std::string_view line) {
    CsvLine fields(line);
    ServiceConfig service;
    service.name = lowered(*fields.next());
    service.file = static_cast<uint8_t>(list_.zone.files.size() - 1);
    service.line = lines_.line();
    service.column = fields.column();
    if (!is_service_name(service.name))
      return wrong(fields, fmt::format("'{}' is no service's name", service.name.substr(0, 60)),
                   "expected one label of letters, digits and inner hyphens, or @ or *");
    const auto pool = fields.next();
    if (!pool) return wrong(fields, "has no pool", "expected name,pool");
    const auto found = pool_by_name_.find(*pool);
    if (found == pool_by_name_.end()) {
      std::string hint = did_you_mean(*pool, list_.pools);
      return wrong(fields, fmt::format("there is no pool '{}'", pool->substr(0, 60)),
                   hint.empty() ? "pools are listed in 'pools'" : hint);
    }
    service.pool = found->second;
    if (const auto primary = fields.next(); primary && !primary->empty()) {
      const auto& gateways = list_.zone.pools[service.pool].gateways;
      const auto at = std::find_if(gateways.begin(), gateways.end(), [&](auto& g) {
        return g.region != steer::kNoRegion && list_.probes.regions[g.region].name == *primary;
      });
      if (at == gateways.end())
        return wrong(fields, fmt::format("there is no gateway in '{}'", primary->substr(0, 60)),
                     fmt::format("expected a region of pool '{}'", *pool));
      service.primary = at->region;
    }
    if (fields.next()) return wrong(fields, "more fields than name,pool,primary");
    list_.zone.services.push_back(std::move(service));
  }

  const std::string& path_;
  const ServiceList& list_;
  LineStream& lines_;
  Problems& problems_;
  std::unordered_map<std::string_view, uint32_t> pool_by_name_;
  size_t count_ = 0;  // problems in this list
};

}  // namespace

void read_services_csv(const std::string& path, const Node& node, const ServiceList& list, Files& files,
                       Problems& problems) {
  Result<LineStream> lines = files.open(path);
  if (!lines) return node.error(fmt::format("{} {}", path, lines.error().text));
  ServicesReader(path, list, *lines, problems).read();
}

}  // namespace isochrone::config
