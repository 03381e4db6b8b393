#pragma once
// $GENERATE, an invention of BIND's: one line that stands for many.
//
//   $GENERATE 10-20/2 host-${0,3} A 192.0.2.$     host-010, host-012, … host-020

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace isochrone::zone {

// Both ends belong to it.
struct GenerateRange {
  uint32_t start = 0, stop = 0, step = 1;

  uint64_t count() const { return (uint64_t{stop} - start) / step + 1; }
};

// A line that stands for more is a slip of the finger.
inline constexpr uint64_t kMaxGenerated = 1'000'000;

Result<GenerateRange> parse_generate_range(std::string_view text);

// `text` with $ replaced by `value`, and ${offset[,width[,base]]} by value + offset, filled with zeros to `width`, in
// base d, o, x, X, n or N (hexadecimal digits from the last to the first with dots between: ip6.arpa). "$$" and "\$"
// stand for a dollar sign; other escapes stay.
Result<std::string> expand_generate(std::string_view text, uint32_t value);

// What is between the quotes of data in quotes, whose own quotes were written \": those lose the backslash, and no other.
std::string unescape_quotes(std::string_view text);

}  // namespace isochrone::zone
