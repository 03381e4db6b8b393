#pragma once
// The words of a master file that have a meaning, and what somebody who misspelt one may have meant.

#include <cstdint>
#include <string>
#include <string_view>

namespace isochrone::zone {

// Whether a word before the type says a class. CLASSn (RFC 3597 §5) is one too; ANY is none.
enum class ClassWord : uint8_t { None, In, Other };
ClassWord class_word(std::string_view text);

// "did you mean 'CNAME'?", or what is expected where nothing is near.
std::string suggest_type(std::string_view word);
std::string suggest_directive(std::string_view word);

}  // namespace isochrone::zone
