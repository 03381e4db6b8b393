#include "zone/generate.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "zone/text.h"

namespace isochrone::zone {

Result<GenerateRange> parse_generate_range(std::string_view text) {
  const auto wrong = [&] { return fail(fmt::format("'{}' is not a range; expected e.g. '1-100' or '0-254/2'", text)); };
  const size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos) return wrong();
  const auto start = parse_number(text.substr(0, dash), INT32_MAX);
  const auto stop = parse_number(text.substr(dash + 1, slash == std::string_view::npos ? slash : slash - dash - 1), INT32_MAX);
  const auto step = slash == std::string_view::npos ? 1 : parse_number(text.substr(slash + 1), INT32_MAX);
  if (!start || !stop || !step || *step == 0) return wrong();
  if (*start > *stop) return fail(fmt::format("range '{}' is empty; expected its start not to be above its end", text));
  const GenerateRange range{*start, *stop, *step};
  if (range.count() > kMaxGenerated)
    return fail(fmt::format("range '{}' makes {} records; expected at most {}", text, range.count(), kMaxGenerated));
  return range;
}

namespace {

struct Format {
  int64_t offset = 0;
  uint32_t width = 0;
  char base = 'd';
};

constexpr uint32_t kMaxWidth = 255;

std::optional<Format> parse_format(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  if (parts.size() > 3) return std::nullopt;
  Format format;
  const bool negative = parts[0].starts_with('-');
  if (negative || parts[0].starts_with('+')) parts[0].remove_prefix(1);
  const auto offset = parse_number(parts[0], INT32_MAX);
  if (!offset) return std::nullopt;
  format.offset = negative ? -int64_t{*offset} : int64_t{*offset};
  if (parts.size() > 1) {
    const auto width = parse_number(parts[1], kMaxWidth);
    if (!width) return std::nullopt;
    format.width = *width;
  }
  if (parts.size() > 2) {
    if (parts[2].size() != 1 || std::string_view("doxXnN").find(parts[2][0]) == std::string_view::npos) return std::nullopt;
    format.base = parts[2][0];
  }
  return format;
}

// The width counts the dots too.
std::string nibbles(uint64_t value, uint32_t width, const char* digits) {
  std::string text;
  do {
    text += digits[value & 15];
    value >>= 4;
    if (text.size() < width || value != 0) text += '.';
  } while (text.size() < width || value != 0);
  return text;
}

std::string written(uint64_t value, const Format& format) {
  switch (format.base) {
    case 'o': return fmt::format("{:0{}o}", value, format.width);
    case 'x': return fmt::format("{:0{}x}", value, format.width);
    case 'X': return fmt::format("{:0{}X}", value, format.width);
    case 'n': return nibbles(value, format.width, "0123456789abcdef");
    case 'N': return nibbles(value, format.width, "0123456789ABCDEF");
    default: return fmt::format("{:0{}}", value, format.width);
  }
}

}  // namespace

Result<std::string> expand_generate(std::string_view text, uint32_t value) {
  std::string expanded;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at + 1);
    if (text[at] == '\\' && !rest.empty()) {
      if (rest[0] != '$') expanded += '\\';
      expanded += rest[0];
      ++at;
    } else if (text[at] != '$') {
      expanded += text[at];
    } else if (rest.starts_with('$')) {
      expanded += '$';
      ++at;
    } else if (!rest.starts_with('{')) {
      expanded += std::to_string(value);
    } else {
      const size_t close = rest.find('}');
      const auto format = close == std::string_view::npos ? std::nullopt : parse_format(rest.substr(1, close - 1));
      if (!format)
        return fail(fmt::format("'${}' is not a format; expected '${{offset[,width[,base]]}}', base d, o, x, X, n or N",
                                rest.substr(0, close == std::string_view::npos ? close : close + 1)));
      const int64_t number = int64_t{value} + format->offset;
      if (number < 0) return fail(fmt::format("'{}' makes the negative number {}; expected a larger start or offset", text, number));
      expanded += written(static_cast<uint64_t>(number), *format);
      at += close + 1;
    }
  }
  return expanded;
}

std::string unescape_quotes(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      if (text[at + 1] != '"') plain += '\\';
      ++at;
    }
    plain += text[at];
  }
  return plain;
}

}  // namespace isochrone::zone
