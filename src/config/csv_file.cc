#include "config/csv_file.h"

#include <fmt/format.h>

#include <utility>

namespace isochrone::config {

std::optional<std::string_view> CsvFile::next() {
  while (!has_enough()) {
    const auto line = lines_.next();
    if (line && is_csv_comment(*line)) continue;
    if (line) return line;
    if (lines_.too_long()) wrong(lines_.line(), 1, fmt::format("a line of more than {} octets", LineStream::kMaxLine), "is this a CSV file?");
    if (lines_.failed()) wrong(0, 0, "cannot be read: input/output error");
    return std::nullopt;
  }
  problems_.error({path_, lines_.line(), 1}, "", fmt::format("{} problems: the rest is not read", count_));
  return std::nullopt;
}

void CsvFile::empty(std::string expected) {
  if (!lines_.failed() && !lines_.too_long()) wrong(0, 0, "empty", std::move(expected));
}

void CsvFile::no_header(const CsvLine& fields, std::string expected) {
  const bool others = fields.has_other_separators();
  wrong(lines_.line(), 1, "the first line is no header", others ? expected + ": commas between fields" : std::move(expected));
}

void CsvFile::wrong(const CsvLine& fields, std::string what, std::string expected) {
  wrong(lines_.line(), fields.column(), std::move(what), std::move(expected));
}

void CsvFile::wrong(uint32_t line, uint32_t column, std::string what, std::string expected) {
  if (has_enough()) return;  // one long line can hold thousands
  ++count_;
  problems_.error({path_, line, column}, "", std::move(what), std::move(expected));
}

}  // namespace isochrone::config
