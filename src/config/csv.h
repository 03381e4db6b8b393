#pragma once
// Fields of one CSV line: separated by commas, blanks around them dropped. Quotes have no meaning: no value of ours
// needs them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace isochrone::config {

class CsvLine {
 public:
  explicit CsvLine(std::string_view line) : line_(line), rest_(line) {}

  // The next field; nullopt behind the last one. A line has one field more than it has commas.
  std::optional<std::string_view> next() {
    if (ended_) return std::nullopt;
    const size_t comma = rest_.find(',');
    std::string_view field = rest_.substr(0, comma);
    if (comma == std::string_view::npos)
      ended_ = true;
    else
      rest_.remove_prefix(comma + 1);
    while (!field.empty() && is_blank(field.front())) field.remove_prefix(1);
    while (!field.empty() && is_blank(field.back())) field.remove_suffix(1);
    at_ = field.data();
    return field;
  }
  // Where the field last given begins, in octets from 1.
  uint32_t column() const { return static_cast<uint32_t>(at_ - line_.data()) + 1; }
  // Whether something else than commas separates its fields, by the look of it.
  bool has_other_separators() const { return line_.find(',') == line_.npos && line_.find_first_of(";\t|") != line_.npos; }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  std::string_view line_, rest_;
  const char* at_ = nullptr;
  bool ended_ = false;
};

// Lines that are not data: blank, or a comment.
inline bool is_csv_comment(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == line.npos || line[first] == '#';
}

}  // namespace isochrone::config
