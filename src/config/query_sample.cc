#include "config/query_sample.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "config/prefix_column.h"

namespace isochrone::config {

namespace {

constexpr double kMostQueries = 1e15;

std::optional<double> parse_count(std::string_view text) {
  double count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || !(count >= 0) || count > kMostQueries) return std::nullopt;
  return count;
}

bool is_sample_header(std::string_view line) {
  CsvLine fields(line);
  return fields.next() == "prefix" && fields.next() == "count" && !fields.next();
}

void read_sample_line(std::string_view line, CsvFile& file, PrefixColumn& column, std::vector<steer::WeightedClient>& out) {
  CsvLine fields(line);
  const auto prefix = column.read(fields);
  if (!prefix) return;
  const auto text = fields.next();
  const auto count = text ? parse_count(*text) : std::nullopt;
  if (!count || fields.next()) return file.wrong(fields, "not prefix,count", "expected a number of queries, as in 192.0.2.0/24,1200");
  column.note(*prefix);
  if (*count > 0) out.push_back({*prefix, *count});
}

}  // namespace

std::optional<std::vector<steer::WeightedClient>> read_query_sample(const std::string& path, Files& files, Problems& problems) {
  Result<LineStream> lines = files.open(path);
  if (!lines) return problems.error({path}, "", lines.error().text), std::nullopt;
  CsvFile file(path, *lines, problems);
  PrefixColumn column(file);
  std::vector<steer::WeightedClient> out;
  auto line = file.next();
  if (line && is_sample_header(*line)) line = file.next();
  for (; line && !file.has_enough(); line = file.next()) read_sample_line(*line, file, column, out);
  column.report_twice();
  if (out.empty() && file.count() == 0) file.empty("expected prefix,count with queries in it");
  if (file.count() != 0 || !problems.ok()) return std::nullopt;
  return out;
}

}  // namespace isochrone::config
