#pragma once
// RFC 4648 §4, as etcd's JSON gateway writes keys and values.

#include <optional>
#include <string>
#include <string_view>

namespace isochrone::sync {

std::string to_base64(std::string_view octets);
// nullopt: not base64, or a length that padding does not complete.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace isochrone::sync
