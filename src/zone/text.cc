#include "zone/text.h"

#include <algorithm>
#include <cstring>

namespace isochrone::zone {

namespace {

constexpr Fault kEmptyLabel = "has an empty label";
constexpr Fault kLongLabel = "has a label of more than 63 octets";
constexpr Fault kLongName = "is longer than 255 octets";
constexpr Fault kBadEscape = "has a bad escape";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Fault append(NameBuffer& name, wire::NameView suffix) {
  if (name.size + suffix.size() > wire::kMaxName) return kLongName;
  std::copy(suffix.begin(), suffix.end(), name.octets.begin() + static_cast<ptrdiff_t>(name.size));
  name.size += suffix.size();
  return nullptr;
}

constexpr uint8_t kRoot[1] = {0};

}  // namespace

Fault parse_name(std::string_view text, wire::NameView origin, NameBuffer& name) {
  name.size = 0;
  if (text == "@") return append(name, origin);
  if (text == ".") return append(name, kRoot);
  if (text.empty()) return kEmptyLabel;
  size_t length_at = 0, to = 1;
  for (size_t at = 0; at < text.size();) {
    if (to >= wire::kMaxName) return kLongName;
    if (text[at] == '.') {
      if (to == length_at + 1) return kEmptyLabel;
      name.octets[length_at] = static_cast<uint8_t>(to - length_at - 1);
      length_at = to++;
      ++at;
      continue;
    }
    uint8_t octet = static_cast<uint8_t>(text[at]);
    if (octet == '\\') {
      const auto escaped = parse_escape(text, at);
      if (!escaped) return kBadEscape;
      octet = *escaped;
    } else {
      ++at;
    }
    if (to - length_at > wire::kMaxLabel) return kLongLabel;
    name.octets[to++] = octet;
  }
  if (to == length_at + 1) {  // ended with a dot: absolute
    name.size = length_at;
    return append(name, kRoot);
  }
  name.octets[length_at] = static_cast<uint8_t>(to - length_at - 1);
  name.size = to;
  return append(name, origin);
}

std::optional<uint8_t> parse_escape(std::string_view text, size_t& at) {
  if (at + 1 >= text.size()) return std::nullopt;
  if (!is_digit(text[at + 1])) {
    at += 2;
    return static_cast<uint8_t>(text[at - 1]);
  }
  if (at + 3 >= text.size()) return std::nullopt;
  const auto octet = parse_number(text.substr(at + 1, 3), 255);
  at += 4;
  if (!octet) return std::nullopt;
  return static_cast<uint8_t>(*octet);
}

std::optional<uint32_t> parse_number(std::string_view text, uint32_t max) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
    if (value > max) return std::nullopt;
  }
  return static_cast<uint32_t>(value);
}

namespace {

uint32_t seconds_in(char unit) {
  switch (unit | 0x20) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return 0;
  }
}

}  // namespace

std::optional<uint32_t> parse_ttl(std::string_view text) {
  constexpr uint64_t kMax = INT32_MAX;
  uint64_t total = 0, number = 0;
  bool digits = false, units = false;
  for (const char c : text) {
    if (is_digit(c)) {
      number = number * 10 + static_cast<uint64_t>(c - '0');
      digits = true;
    } else {
      if (!digits || seconds_in(c) == 0) return std::nullopt;
      total += number * seconds_in(c);
      number = 0;
      digits = false;
      units = true;
    }
    if (number > kMax || total > kMax) return std::nullopt;
  }
  if (units ? digits : !digits) return std::nullopt;  // "1h30" and ""
  if (total + number > kMax) return std::nullopt;
  return static_cast<uint32_t>(total + number);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return wire::lower(static_cast<uint8_t>(x)) == wire::lower(static_cast<uint8_t>(y)); };
  return std::ranges::equal(a, b, same);
}

}  // namespace isochrone::zone
