#pragma once
// Single words of a master file → values, without memory of their own.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wire/name.h"

namespace isochrone::zone {

// A name being read: complete, uncompressed wire format.
struct NameBuffer {
  std::array<uint8_t, wire::kMaxName> octets;
  size_t size = 0;

  wire::NameView view() const { return {octets.data(), size}; }
};

// What is wrong with a name or string; null: nothing. A fixed phrase that follows "'<text>' ".
using Fault = const char*;

// "@", relative or absolute, with escapes (RFC 1035 §5.1). `origin` completes relative names.
Fault parse_name(std::string_view text, wire::NameView origin, NameBuffer& name);

// The octet behind the backslash at text[at]; moves `at` past the escape. nullopt: \ at the end, or \DDD over 255.
std::optional<uint8_t> parse_escape(std::string_view text, size_t& at);

// Decimal digits only; nullopt where there is anything else, or more than `max`.
std::optional<uint32_t> parse_number(std::string_view text, uint32_t max);

// Seconds, plain or with units w, d, h, m, s in any case, each once or more ("1h30m"); at most 2^31 - 1 (RFC 2181 §8).
std::optional<uint32_t> parse_ttl(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace isochrone::zone
