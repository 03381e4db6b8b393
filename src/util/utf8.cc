#include "util/utf8.h"

#include <algorithm>
#include <cstdint>

namespace isochrone {

namespace {

bool continues(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// Octets of the character that `text` begins with; 0: none that is well-formed. `text` is not empty.
size_t character(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<long>(length), continues)) return 0;
  // RFC 3629 §4: the second octet rules out overlong forms, surrogates and what is above U+10FFFF.
  const auto second = static_cast<uint8_t>(text[1]);
  const bool good = first == 0xe0   ? second >= 0xa0
                    : first == 0xed ? second < 0xa0
                    : first == 0xf0 ? second >= 0x90
                    : first == 0xf4 ? second < 0x90
                                    : true;
  return good ? length : 0;
}

}  // namespace

size_t valid_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = character(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = character(text);
    const auto first = static_cast<uint8_t>(text[0]);
    // U+0080 to U+009F are controls as well, and terminals obey them.
    const bool control = first < 0x20 || first == 0x7f || (first == 0xc2 && length == 2 && static_cast<uint8_t>(text[1]) < 0xa0);
    if (length == 0 || control) out += '?';
    else out.append(text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && continues(text[limit])) --limit;
  return text.substr(0, limit);
}

}  // namespace isochrone
