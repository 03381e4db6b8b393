#pragma once
// Receipts of probes, as the API tells them, for a person.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace isochrone::cli {

// A table for each target and vantage, newest first; below it what the newest try, and the newest failed one, were shown.
std::string receipts_text(const nlohmann::json& reply);

// Whether a try of the reply failed.
bool has_failure(const nlohmann::json& reply);

}  // namespace isochrone::cli
