#include "cli/json_text.h"

#include <nlohmann/json.hpp>

namespace isochrone::cli {

std::string json_text(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace isochrone::cli
