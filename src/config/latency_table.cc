#include "config/latency_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "config/csv.h"

namespace isochrone::config {

namespace {

using steer::RegionId;

// "12", "12.5": milliseconds, at most kMostMs. Written out because it is called for every cell of a million rows.
std::optional<Duration> parse_rtt(std::string_view text) {
  constexpr int64_t kMostMs = 30000;
  int64_t nanoseconds = 0, unit = 1000000;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at == end || *at < '0' || *at > '9') return std::nullopt;
  int64_t whole = 0;
  for (; at != end && *at >= '0' && *at <= '9'; ++at) {
    whole = whole * 10 + (*at - '0');
    if (whole > kMostMs) return std::nullopt;
  }
  nanoseconds = whole * unit;
  if (at != end && *at == '.')
    for (++at; at != end && *at >= '0' && *at <= '9'; ++at) nanoseconds += (unit /= 10) * (*at - '0');
  if (at != end || nanoseconds > kMostMs * 1000000) return std::nullopt;
  return Duration(nanoseconds);
}

// The usual "192.0.2.0/24" without a detour; everything else, mistakes included, is for Prefix::parse.
std::optional<Prefix> parse_prefix(std::string_view text, bool* host_bits) {
  const char* at = text.data();
  const char* const end = at + text.size();
  uint32_t address = 0;
  for (int octet = 0; octet < 4; ++octet) {
    uint32_t value = 0;
    const char* const begin = at;
    while (at != end && *at >= '0' && *at <= '9' && at - begin < 3)
      value = value * 10 + static_cast<uint32_t>(*at++ - '0');
    const bool leading_zero = at - begin > 1 && *begin == '0';
    if (at == begin || value > 255 || leading_zero || at == end || *at++ != (octet < 3 ? '.' : '/'))
      return Prefix::parse(text, host_bits);
    address = address << 8 | value;
  }
  int len = -1;
  const auto [stop, error] = std::from_chars(at, end, len);
  if (error != std::errc() || stop != end || len < 0 || len > 32) return Prefix::parse(text, host_bits);
  const uint32_t mask = len == 0 ? 0 : UINT32_MAX << (32 - len);
  if (address & ~mask) return Prefix::parse(text, host_bits);
  return Prefix{IpAddress::v4(address), static_cast<uint8_t>(len)};
}

class TableReader {
 public:
  TableReader(int number, const ProbesConfig& config, LineStream& lines, steer::LatencyMapBuilder& map,
              Problems& problems)
      : number_(number),
        path_(config.tables[static_cast<size_t>(number)].path),
        config_(config),
        lines_(lines),
        map_(map),
        problems_(problems) {
    for (size_t i = 0; i < config.regions.size(); ++i)
      region_by_name_.emplace(config.regions[i].name, static_cast<RegionId>(i));
  }

  void read() {
    const auto header = next_line();
    if (!header) {
      if (!lines_.failed() && !lines_.too_long())
        problems_.error({path_}, "", "empty", "expected a first line prefix,region,rtt_ms or prefix,<region>,…");
    } else if (is_long(*header)) {
      read_long();
    } else if (read_wide_header(*header)) {
      read_wide();
    }
    if (lines_.too_long())
      problems_.error({path_, lines_.line(), 1}, "", fmt::format("a line of more than {} octets", LineStream::kMaxLine),
                      "is this a CSV file?");
    if (lines_.failed()) problems_.error({path_}, "", "cannot be read: input/output error");
  }

 private:
  struct Seen {
    Prefix prefix;
    uint32_t line;
  };
  struct LongCell {
    Prefix prefix;
    RegionId region;
    uint32_t line;
    uint32_t microseconds;
  };

  std::optional<std::string_view> next_line() {
    while (count_ < kMaxTableProblems) {
      const auto line = lines_.next();
      if (!line || !is_csv_comment(*line)) return line;
    }
    problems_.error({path_, lines_.line(), 1}, "", fmt::format("{} problems: the rest is not read", count_));
    return std::nullopt;
  }
  void wrong(uint32_t line, uint32_t column, std::string what, std::string expected = {}) {
    ++count_;
    problems_.error({path_, line, column}, "", std::move(what), std::move(expected));
  }
  void wrong(const CsvLine& fields, std::string what, std::string expected = {}) {
    wrong(lines_.line(), fields.column(), std::move(what), std::move(expected));
  }

  static bool is_long(std::string_view header) {
    CsvLine fields(header);
    return fields.next() == "prefix" && fields.next() == "region" && fields.next() == "rtt_ms" && !fields.next();
  }

  bool read_wide_header(std::string_view header) {
    CsvLine fields(header);
    if (fields.next() != "prefix") {
      wrong(fields, "the first line is no header", "expected prefix,region,rtt_ms or prefix,<region>,…");
      return false;
    }
    const size_t before = count_;
    while (const auto name = fields.next()) {
      const RegionId region = find_region(fields, *name);
      if (region != steer::kNoRegion && std::find(columns_.begin(), columns_.end(), region) != columns_.end())
        wrong(fields, fmt::format("column '{}' is there twice", *name));
      columns_.push_back(region);
    }
    if (columns_.empty()) wrong(fields, "no column but prefix", "expected a column for each region");
    return count_ == before;
  }

  RegionId find_region(const CsvLine& fields, std::string_view name) {
    if (const auto found = region_by_name_.find(name); found != region_by_name_.end()) return found->second;
    std::string hint = did_you_mean(name, config_.region_names());
    wrong(fields, fmt::format("there is no region '{}'", name.substr(0, 60)),
          hint.empty() ? "regions are listed in probes/*.yaml" : hint);
    return steer::kNoRegion;
  }

  std::optional<Prefix> read_prefix(CsvLine& fields) {
    const auto text = fields.next();
    bool host_bits = false;
    const auto prefix = parse_prefix(*text, &host_bits);
    // Clients are looked up folded, so a row for ::ffff:192.0.2.0/120 is one for 192.0.2.0/24.
    if (prefix) return prefix->family() == Family::V4 ? *prefix : fold(*prefix).prefix;
    wrong(fields,
          host_bits ? fmt::format("'{}' has bits set beyond the prefix length", text->substr(0, 60))
                    : fmt::format("'{}' is no prefix", text->substr(0, 60)),
          host_bits ? "" : "expected a prefix, as in 192.0.2.0/24 or 2001:db8::/32");
    return std::nullopt;
  }

  std::optional<Duration> read_rtt(const CsvLine& fields, std::string_view text) {
    const auto rtt = parse_rtt(text);
    if (!rtt)
      wrong(fields, fmt::format("'{}' is no round-trip time", text.substr(0, 60)),
            "expected milliseconds from 0 to 30000, as in 12.5");
    return rtt;
  }

  void add_row(const Prefix& prefix, std::span<const std::pair<RegionId, Duration>> cells) {
    if (!map_.add_row(prefix, cells, number_) && !full_) {
      full_ = true;
      wrong(lines_.line(), 1, "more rows than a latency map can hold");
    }
  }

  void read_wide() {
    std::vector<std::pair<RegionId, Duration>> cells;
    std::vector<Seen> seen;
    while (const auto line = next_line()) {
      CsvLine fields(*line);
      const auto prefix = read_prefix(fields);
      cells.clear();
      size_t column = 0;
      bool good = prefix.has_value();
      while (const auto text = fields.next()) {
        if (column == columns_.size()) {
          wrong(fields, "more fields than the header has");
          good = false;
          break;
        }
        if (!text->empty()) {
          if (const auto rtt = read_rtt(fields, *text))
            cells.emplace_back(columns_[column], *rtt);
          else
            good = false;
        }
        ++column;
      }
      if (good && column < columns_.size()) {
        wrong(fields, fmt::format("{} fields, but the header has {}", column + 1, columns_.size() + 1));
        good = false;
      }
      if (!good) continue;
      seen.push_back({*prefix, lines_.line()});
      if (!cells.empty()) add_row(*prefix, cells);
    }
    report_twice(seen);
  }

  // Tables are usually sorted, and then neighbours tell.
  void report_twice(std::vector<Seen>& seen) {
    auto before = [](const Seen& a, const Seen& b) { return a.prefix < b.prefix; };
    if (!std::is_sorted(seen.begin(), seen.end(), before)) std::stable_sort(seen.begin(), seen.end(), before);
    for (size_t i = 1; i < seen.size() && count_ < kMaxTableProblems; ++i)
      if (seen[i].prefix == seen[i - 1].prefix)
        wrong(seen[i].line, 1, fmt::format("{} is written twice", seen[i].prefix.to_text()),
              fmt::format("it is already in line {}", seen[i - 1].line));
  }

  void read_long() {
    std::vector<LongCell> cells;
    while (const auto line = next_line()) {
      CsvLine fields(*line);
      const auto prefix = read_prefix(fields);
      const auto name = fields.next();
      if (!name) {
        wrong(fields, "1 field, but the header has 3");
        continue;
      }
      const RegionId region = find_region(fields, *name);
      const auto text = fields.next();
      if (!text) {
        wrong(fields, "2 fields, but the header has 3");
        continue;
      }
      if (text->empty()) continue;  // a missing cell
      const auto rtt = read_rtt(fields, *text);
      if (fields.next()) {
        wrong(fields, "more fields than the header has");
        continue;
      }
      if (prefix && rtt && region != steer::kNoRegion)
        cells.push_back({*prefix, region, lines_.line(), static_cast<uint32_t>(rtt->count() / 1000)});
    }
    add_cells(cells);
  }

  void add_cells(std::vector<LongCell>& cells) {
    auto before = [](const LongCell& a, const LongCell& b) {
      return a.prefix != b.prefix ? a.prefix < b.prefix : a.region < b.region;
    };
    if (!std::is_sorted(cells.begin(), cells.end(), before)) std::stable_sort(cells.begin(), cells.end(), before);
    std::vector<std::pair<RegionId, Duration>> row;
    for (size_t i = 0; i < cells.size(); ++i) {
      const LongCell& cell = cells[i];
      if (i != 0 && cells[i - 1].prefix == cell.prefix && cells[i - 1].region == cell.region) {
        wrong(cell.line, 1,
              fmt::format("{} to '{}' is written twice", cell.prefix.to_text(), config_.regions[cell.region].name),
              fmt::format("it is already in line {}", cells[i - 1].line));
        if (count_ >= kMaxTableProblems) return;
      }
      row.emplace_back(cell.region, std::chrono::microseconds(cell.microseconds));
      if (i + 1 < cells.size() && cells[i + 1].prefix == cell.prefix) continue;
      add_row(cell.prefix, row);
      row.clear();
    }
  }

  int number_;
  const std::string& path_;
  const ProbesConfig& config_;
  LineStream& lines_;
  steer::LatencyMapBuilder& map_;
  Problems& problems_;
  std::unordered_map<std::string_view, RegionId> region_by_name_;
  std::vector<RegionId> columns_;  // of the wide form
  size_t count_ = 0;  // problems in this table
  bool full_ = false;
};

}  // namespace

void read_latency_table(int number, const ProbesConfig& config, Files& files, steer::LatencyMapBuilder& map,
                        Problems& problems) {
  const TableConfig& table = config.tables[static_cast<size_t>(number)];
  Result<LineStream> lines = files.open(table.path);
  if (!lines)
    return problems.error(table.place, fmt::format("latency[{}].table", number),
                          fmt::format("{} {}", table.path, lines.error().text));
  TableReader(number, config, *lines, map, problems).read();
}

}  // namespace isochrone::config
