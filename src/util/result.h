#pragma once
// Result<T>: a value, or an operator's mistake told so that it can be acted on. Strangers' packets never make one.

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace isochrone {

// Text for a person: what is wrong, where, and what was expected. One line, no trailing full stop or newline.
struct Error {
  std::string text;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(std::string text) { return tl::unexpected<Error>(Error{std::move(text)}); }

}  // namespace isochrone
