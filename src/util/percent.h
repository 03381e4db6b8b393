#pragma once
// Percent-encoding of a component of a URI (RFC 3986 §2.1).

#include <string>
#include <string_view>

namespace isochrone {

// All octets but the unreserved ones (§2.3: letters, digits, - . _ ~) become %XX, so that the text is one value of a path
// or a query whatever it holds.
std::string percent_encoded(std::string_view text);

}  // namespace isochrone
