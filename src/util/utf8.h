#pragma once
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <string>
#include <string_view>

namespace isochrone {

// Octets of the longest beginning of `text` that is well-formed: all of them where it is UTF-8.
size_t valid_utf8(std::string_view text);

// Fit to be shown on one line: control octets and what is no UTF-8 are '?'.
std::string on_one_line(std::string_view text);

// At most `limit` octets of it, never half a character.
std::string_view cut_utf8(std::string_view text, size_t limit);

}  // namespace isochrone
