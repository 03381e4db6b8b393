#include "config/latency_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "config/csv_file.h"
#include "config/latency_cell.h"
#include "config/prefix_column.h"

namespace isochrone::config {

namespace {

using steer::RegionId;

class TableReader {
 public:
  TableReader(int number, const ProbesConfig& config, LineStream& lines, steer::LatencyMapBuilder& map,
              Problems& problems)
      : number_(number),
        config_(config),
        file_(config.tables[static_cast<size_t>(number)].path, lines, problems),
        map_(map) {
    for (size_t i = 0; i < config.regions.size(); ++i)
      region_by_name_.emplace(config.regions[i].name, static_cast<RegionId>(i));
  }

  void read() {
    const auto header = file_.next();
    if (!header) {
      file_.empty("expected a first line prefix,region,rtt_ms or prefix,<region>,…");
      return;
    }
    const uint32_t header_line = file_.line();
    if (is_long(*header)) read_long();
    else if (read_wide_header(*header)) read_wide();
    // What was measured would be forgotten: more likely whoever wrote the file was interrupted.
    if (!has_rows_ && file_.count() == 0)
      file_.wrong(header_line, 1, "a header, and no row below it", "expected a prefix a line, or no table in 'latency'");
  }

 private:
  struct LongCell {
    Prefix prefix;
    RegionId region;
    uint32_t line;
    uint32_t microseconds;
  };

  static bool is_long(std::string_view header) {
    CsvLine fields(header);
    return fields.next() == "prefix" && fields.next() == "region" && fields.next() == "rtt_ms" && !fields.next();
  }

  std::optional<std::string_view> next_row() {
    const auto line = file_.next();
    has_rows_ |= line.has_value();
    return line;
  }

  bool read_wide_header(std::string_view header) {
    CsvLine fields(header);
    if (fields.next() != "prefix") {
      file_.no_header(fields, "expected prefix,region,rtt_ms or prefix,<region>,…");
      return false;
    }
    const size_t before = file_.count();
    while (const auto name = fields.next()) {
      const RegionId region = find_region(fields, *name);
      if (region != steer::kNoRegion && std::find(columns_.begin(), columns_.end(), region) != columns_.end())
        file_.wrong(fields, fmt::format("column '{}' is there twice", *name));
      columns_.push_back(region);
    }
    if (columns_.empty()) file_.wrong(fields, "no column but prefix", "expected a column for each region");
    return file_.count() == before;
  }

  RegionId find_region(const CsvLine& fields, std::string_view name) {
    if (const auto found = region_by_name_.find(name); found != region_by_name_.end()) return found->second;
    std::string hint = did_you_mean(name, config_.region_names());
    file_.wrong(fields, fmt::format("there is no region '{}'", name.substr(0, 60)),
          hint.empty() ? "regions are listed in probes/*.yaml" : hint);
    return steer::kNoRegion;
  }

  std::optional<Duration> read_rtt(const CsvLine& fields, std::string_view text) {
    const auto rtt = parse_rtt(text);
    if (!rtt)
      file_.wrong(fields, fmt::format("'{}' is no round-trip time", text.substr(0, 60)),
            "expected milliseconds from 0 to 30000, as in 12.5");
    return rtt;
  }

  void add_row(const Prefix& prefix, std::span<const std::pair<RegionId, Duration>> cells) {
    if (!map_.add_row(prefix, cells, number_) && !full_) {
      full_ = true;
      file_.wrong(file_.line(), 1, "more rows than a latency map can hold");
    }
  }

  void read_wide() {
    std::vector<std::pair<RegionId, Duration>> cells;
    while (const auto line = next_row()) {
      CsvLine fields(*line);
      const auto prefix = prefixes_.read(fields);
      cells.clear();
      size_t column = 0;
      bool good = prefix.has_value();
      while (const auto text = fields.next()) {
        if (column == columns_.size()) {
          file_.wrong(fields, "more fields than the header has");
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
        file_.wrong(fields, fmt::format("{} fields, but the header has {}", column + 1, columns_.size() + 1));
        good = false;
      }
      if (!good) continue;
      prefixes_.note(*prefix);
      if (!cells.empty()) add_row(*prefix, cells);
    }
    prefixes_.report_twice();
  }

  void read_long() {
    std::vector<LongCell> cells;
    while (const auto line = next_row()) {
      CsvLine fields(*line);
      const auto prefix = prefixes_.read(fields);
      const auto name = fields.next();
      if (!name) {
        file_.wrong(fields, "1 field, but the header has 3");
        continue;
      }
      const RegionId region = find_region(fields, *name);
      const auto text = fields.next();
      if (!text) {
        file_.wrong(fields, "2 fields, but the header has 3");
        continue;
      }
      if (text->empty()) continue;  // a missing cell
      const auto rtt = read_rtt(fields, *text);
      if (fields.next()) {
        file_.wrong(fields, "more fields than the header has");
        continue;
      }
      if (prefix && rtt && region != steer::kNoRegion)
        cells.push_back({*prefix, region, file_.line(), static_cast<uint32_t>(rtt->count() / 1000)});
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
        file_.wrong(cell.line, 1,
              fmt::format("{} to '{}' is written twice", cell.prefix.to_text(), config_.regions[cell.region].name),
              fmt::format("it is already in line {}", cells[i - 1].line));
        if (file_.has_enough()) return;
      }
      row.emplace_back(cell.region, std::chrono::microseconds(cell.microseconds));
      if (i + 1 < cells.size() && cells[i + 1].prefix == cell.prefix) continue;
      add_row(cell.prefix, row);
      row.clear();
    }
  }

  int number_;
  const ProbesConfig& config_;
  CsvFile file_;
  PrefixColumn prefixes_{file_};
  steer::LatencyMapBuilder& map_;
  std::unordered_map<std::string_view, RegionId> region_by_name_;
  std::vector<RegionId> columns_;  // of the wide form
  bool has_rows_ = false;
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
