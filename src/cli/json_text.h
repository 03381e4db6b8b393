#pragma once
// What every --json prints.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace isochrone::cli {

// Indented, with a line's end. Octets of files or of a command line that are no UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json& value);

}  // namespace isochrone::cli
