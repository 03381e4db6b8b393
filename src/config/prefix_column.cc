#include "config/prefix_column.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/latency_cell.h"
#include "config/yaml.h"

namespace isochrone::config {

std::optional<Prefix> PrefixColumn::read(CsvLine& fields) {
  const auto text = fields.next();
  bool host_bits = false;
  const auto prefix = parse_table_prefix(*text, &host_bits);
  if (prefix) return prefix->family() == Family::V4 ? *prefix : fold(*prefix).prefix;
  const std::string shown(text->substr(0, 60));
  if (host_bits)
    file_.wrong(fields, fmt::format("'{}' has bits set beyond the prefix length", shown), did_you_mean_without_host_bits(*text));
  else if (shown.starts_with('"')) file_.wrong(fields, fmt::format("{} is in quotes", shown), "expected fields without quotes");
  else file_.wrong(fields, fmt::format("'{}' is no prefix", shown), "expected a prefix, as in 192.0.2.0/24 or 2001:db8::/32");
  return std::nullopt;
}

// Tables are usually sorted, and then neighbours tell.
void PrefixColumn::report_twice() {
  const auto before = [](const Seen& a, const Seen& b) { return a.prefix < b.prefix; };
  if (!std::is_sorted(seen_.begin(), seen_.end(), before)) std::stable_sort(seen_.begin(), seen_.end(), before);
  for (size_t i = 1; i < seen_.size() && !file_.has_enough(); ++i)
    if (seen_[i].prefix == seen_[i - 1].prefix)
      file_.wrong(seen_[i].line, 1, fmt::format("{} is written twice", seen_[i].prefix.to_text()),
                  fmt::format("it is already in line {}", seen_[i - 1].line));
}

}  // namespace isochrone::config
