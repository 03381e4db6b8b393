#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "zone/rdata_own.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

// RFC 1876 §2, §3: centimetres, as the text leaves them out.
constexpr uint64_t kSize = 100, kHorizontal = 1'000'000, kVertical = 1'000, kMostPrecision = 9'000'000'000;
constexpr int64_t kLowest = -10'000'000, kHighest = 4'284'967'295;
constexpr uint32_t kEquator = 1u << 31;

// A decimal number as a whole number of its smallest part: "1.5" with 2 decimals is 150. No sign.
std::optional<uint64_t> parse_decimal(std::string_view text, int decimals) {
  const size_t dot = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, dot));
  const std::string_view part = text.substr(std::min(dot + 1, text.size()));
  if (part.size() > static_cast<size_t>(decimals) || (dot != text.size() && part.empty()) || digits.size() > 8)
    return std::nullopt;
  digits += part;
  digits.append(static_cast<size_t>(decimals) - part.size(), '0');
  uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return dot > 0 ? std::optional(value) : std::nullopt;
}

// degrees [minutes [seconds]] and the letter of the direction.
void read_angle(RdataFields& fields, const char* what, uint32_t most_degrees, char positive, char negative) {
  const std::string letters = fmt::format("'{}' or '{}'", positive, negative);
  uint64_t angle = 0;  // thousandths of a second
  for (int part = 0;; ++part) {
    const Token* token = fields.take(what);
    if (token == nullptr) return;
    const char letter = token->text.size() == 1 ? static_cast<char>(token->text[0] & ~0x20) : '\0';
    if (part > 0 && (letter == positive || letter == negative)) {
      if (angle > uint64_t{most_degrees} * 3'600'000)
        return fields.fault(*token, fmt::format("{} of more than {} degrees", what, most_degrees),
                            fmt::format("expected at most {}", most_degrees));
      const auto offset = static_cast<uint32_t>(angle);
      return fields.put(letter == positive ? kEquator + offset : kEquator - offset, 4);
    }
    constexpr uint64_t kUnits[] = {3'600'000, 60'000, 1};
    const auto number = part < 3 ? parse_decimal(token->text, part == 2 ? 3 : 0) : std::nullopt;
    if (!number || *number > (part == 0 ? most_degrees : part == 1 ? 59 : 59'999))
      return fields.fault(*token, fmt::format("'{}' in the {}", token->text, what),
                          "expected degrees, minutes below 60, seconds below 60 with at most three decimals, then " + letters);
    angle += *number * kUnits[part];
  }
}

std::optional<uint64_t> parse_metres(std::string_view text) {
  if (text.ends_with('m') || text.ends_with('M')) text.remove_suffix(1);
  return parse_decimal(text, 2);
}

void read_altitude(RdataFields& fields) {
  const Token* token = fields.take("altitude");
  if (token == nullptr) return;
  const bool below = token->text.starts_with('-');
  const auto metres = parse_metres(token->text.substr(below ? 1 : 0));
  const int64_t altitude = metres ? (below ? -1 : 1) * static_cast<int64_t>(*metres) : kHighest + 1;
  if (altitude < kLowest || altitude > kHighest)
    return fields.fault(*token, fmt::format("'{}' is not an altitude", token->text), "expected metres from -100000.00 to 42849672.95");
  fields.put(static_cast<uint32_t>(altitude - kLowest), 4);
}

// Centimetres as one digit and a power of ten, each in half an octet.
uint8_t precision(uint64_t centimetres) {
  uint8_t power = 0;
  for (; centimetres > 9; centimetres /= 10) ++power;
  return static_cast<uint8_t>(centimetres << 4 | power);
}

uint8_t read_precision(RdataFields& fields, const char* what, uint64_t otherwise) {
  const Token* token = fields.next();
  if (token == nullptr) return precision(otherwise);
  fields.take(what);
  const auto centimetres = parse_metres(token->text);
  if (centimetres && *centimetres <= kMostPrecision) return precision(*centimetres);
  fields.fault(*token, fmt::format("'{}' is not a {}", token->text, what), "expected metres from 0 to 90000000.00");
  return 0;
}

}  // namespace

void read_loc(RdataFields& fields) {
  fields.put(0, 1);  // VERSION
  const size_t precisions_at = fields.size();
  for (int i = 0; i < 3; ++i) fields.put(0, 1);
  read_angle(fields, "latitude", 90, 'N', 'S');
  read_angle(fields, "longitude", 180, 'E', 'W');
  read_altitude(fields);
  fields.set(precisions_at, read_precision(fields, "size", kSize));
  fields.set(precisions_at + 1, read_precision(fields, "horizontal precision", kHorizontal));
  fields.set(precisions_at + 2, read_precision(fields, "vertical precision", kVertical));
}

}  // namespace isochrone::zone
