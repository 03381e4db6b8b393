#include "config/latency_cell.h"

#include <charconv>
#include <cstdint>

namespace isochrone::config {

std::optional<Duration> parse_rtt(std::string_view text, Duration most) {
  int64_t nanoseconds = 0, unit = 1000000;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at == end || *at < '0' || *at > '9') return std::nullopt;
  int64_t whole = 0;
  for (; at != end && *at >= '0' && *at <= '9'; ++at) {
    whole = whole * 10 + (*at - '0');
    if (whole * unit > most.count()) return std::nullopt;
  }
  nanoseconds = whole * unit;
  if (at != end && *at == '.')
    for (++at; at != end && *at >= '0' && *at <= '9'; ++at) nanoseconds += (unit /= 10) * (*at - '0');
  if (at != end || nanoseconds > most.count()) return std::nullopt;
  return Duration(nanoseconds);
}

std::optional<Prefix> parse_table_prefix(std::string_view text, bool* host_bits) {
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

}  // namespace isochrone::config
