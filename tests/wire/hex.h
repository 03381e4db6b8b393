#pragma once
// Octets as people write them: "1a2b 8400 ; id, flags". Spaces and comments (";" to the end of the line) do not count.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isochrone::wire {

using Octets = std::vector<uint8_t>;

inline Octets hex(std::string_view text) {
  Octets octets;
  int high = -1;
  bool comment = false;
  for (const char c : text) {
    comment = c == '\n' ? false : comment || c == ';';
    if (comment || c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      octets.push_back(static_cast<uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return octets;
}

inline std::string to_hex(std::span<const uint8_t> octets) {
  std::string text;
  for (const uint8_t octet : octets) {
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

inline std::string to_hex(const Octets& octets) {
  return to_hex(std::span<const uint8_t>(octets));
}

}  // namespace isochrone::wire
