#pragma once
// What a command tells on stdout.

#include <iostream>
#include <utility>

#include <fmt/format.h>

namespace isochrone::cli {

// As fmt::print(), which throws where nobody reads any more; here that is is_written_out()'s to tell, in the end.
template <typename... T>
void say(fmt::format_string<T...> text, T&&... values) {
  std::cout << fmt::format(text, std::forward<T>(values)...);
}

}  // namespace isochrone::cli
