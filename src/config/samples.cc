#include "config/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <unordered_map>

#include "config/csv_file.h"
#include "config/latency_cell.h"

namespace isochrone::config {

namespace {

using steer::RegionId;

constexpr double kMostSeconds = 4e9;          // Unix times until 2096
constexpr Duration kMostRtt = 60s;            // what an estimator takes
constexpr size_t kMostClients = 1'000'000;

class SamplesReader {
 public:
  SamplesReader(const std::string& path, Duration slice, LineStream& lines, Problems& problems)
      : slice_(slice), file_(path, lines, problems) {}

  std::optional<health::Series> read() {
    const auto header = file_.next();
    if (!header) file_.empty("expected a first line time,client,region,rtt_ms or slice,client,<region>,…");
    else if (is_long(*header)) read_long();
    else if (read_wide_header(*header)) read_wide();
    if (file_.count() == 0 && series_.samples.empty() && header) file_.wrong(0, 0, "no sample in it");
    if (file_.count() > 0) return std::nullopt;
    std::ranges::stable_sort(series_.samples, {}, [](const health::Sample& s) { return std::pair(s.at, s.client); });
    return std::move(series_);
  }

 private:
  static bool is_long(std::string_view header) {
    CsvLine fields(header);
    return fields.next() == "time" && fields.next() == "client" && fields.next() == "region" &&
           fields.next() == "rtt_ms" && !fields.next();
  }

  bool read_wide_header(std::string_view header) {
    CsvLine fields(header);
    if (fields.next() != "slice" || fields.next() != "client") {
      file_.no_header(fields, "expected time,client,region,rtt_ms or slice,client,<region>,…");
      return false;
    }
    while (const auto name = fields.next()) {
      const size_t known = series_.regions.size();
      const RegionId region = find_region(fields, *name);
      if (region < known) file_.wrong(fields, fmt::format("column '{}' is there twice", *name));
    }
    if (series_.regions.empty()) file_.wrong(fields, "no column for a region", "expected slice,client,<region>,<region>,…");
    return file_.count() == 0;
  }

  void read_long() {
    while (const auto line = file_.next()) {
      CsvLine fields(*line);
      const auto at = read_time(fields, "seconds", 1s);
      const auto client = find_client(fields, fields.next());
      const auto name = fields.next();
      const RegionId region = name ? find_region(fields, *name) : steer::kNoRegion;
      const auto text = fields.next();
      if (!text) {
        file_.wrong(file_.line(), static_cast<uint32_t>(line->size()) + 1, "too few fields", "expected time,client,region,rtt_ms");
        continue;
      }
      const auto rtt = text->empty() ? std::nullopt : read_rtt(fields, *text);
      if (fields.next()) file_.wrong(fields, "more fields than the header has");
      if (!at || !client || region == steer::kNoRegion) continue;
      series_.samples.push_back({*at, *client, region, rtt});
    }
  }

  void read_wide() {
    const size_t columns = series_.regions.size();
    while (const auto line = file_.next()) {
      CsvLine fields(*line);
      const auto at = read_time(fields, "the number of a slice", slice_);
      const auto client = find_client(fields, fields.next());
      size_t column = 0;
      for (std::optional<std::string_view> text; column <= columns && (text = fields.next()); ++column) {
        if (column == columns) file_.wrong(fields, "more fields than the header has");
        if (column == columns || text->empty()) continue;
        const auto rtt = read_rtt(fields, *text);
        if (at && client && rtt) series_.samples.push_back({*at, *client, static_cast<RegionId>(column), rtt});
      }
      if (column < columns) file_.wrong(file_.line(), static_cast<uint32_t>(line->size()) + 1, fmt::format("{} fields, but the header has {}", column + 2, columns + 2));
    }
  }

  std::optional<Time> read_time(CsvLine& fields, const char* what, Duration unit) {
    const std::string_view text = fields.next().value_or("");
    double value = -1;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const double most = kMostSeconds / std::max(1.0, to_seconds(unit));
    if (error == std::errc() && stop == text.data() + text.size() && value >= 0 && value <= most) return Time(Duration(std::llround(value * static_cast<double>(unit.count()))));
    file_.wrong(fields, fmt::format("'{}' is no time", text.substr(0, 60)), fmt::format("expected {} from 0 to {:.0f}", what, most));
    return std::nullopt;
  }

  std::optional<Duration> read_rtt(const CsvLine& fields, std::string_view text) {
    const auto rtt = parse_rtt(text, kMostRtt);
    // 0 is less than the clock that measured it could tell.
    if (rtt) return std::max<Duration>(*rtt, 1us);
    file_.wrong(fields, fmt::format("'{}' is no round-trip time", text.substr(0, 60)),
                fmt::format("expected milliseconds from 0 to {:.0f}, as in 12.5", to_milliseconds(kMostRtt)));
    return std::nullopt;
  }

  std::optional<uint32_t> find_client(const CsvLine& fields, std::optional<std::string_view> name) {
    if (!name) return std::nullopt;  // told as too few fields
    const auto [known, is_new] = client_by_name_.try_emplace(std::string(*name), static_cast<uint32_t>(series_.clients.size()));
    if (!is_new) return known->second;
    if (name->empty()) file_.wrong(fields, "no client");
    if (series_.clients.size() == kMostClients) file_.wrong(fields, fmt::format("more than {} clients", kMostClients));
    series_.clients.emplace_back(*name);
    return known->second;
  }

  RegionId find_region(const CsvLine& fields, std::string_view name) {
    const auto known = std::ranges::find(series_.regions, name);
    if (known != series_.regions.end()) return static_cast<RegionId>(known - series_.regions.begin());
    if (name.empty()) file_.wrong(fields, "no region");
    if (series_.regions.size() == steer::kMaxRegions) file_.wrong(fields, fmt::format("more than {} regions", steer::kMaxRegions));
    if (name.empty() || series_.regions.size() == steer::kMaxRegions) return steer::kNoRegion;
    series_.regions.emplace_back(name);
    return static_cast<RegionId>(series_.regions.size() - 1);
  }

  Duration slice_;
  CsvFile file_;
  health::Series series_;
  std::unordered_map<std::string, uint32_t> client_by_name_;
};

}  // namespace

std::optional<health::Series> read_samples(const std::string& path, Duration slice, Files& files, Problems& problems) {
  auto lines = files.open(path);
  if (!lines) {
    problems.error({path, 0, 0}, "", lines.error().text);
    return std::nullopt;
  }
  return SamplesReader(path, slice, *lines, problems).read();
}

}  // namespace isochrone::config
