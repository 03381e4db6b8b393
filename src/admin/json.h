#pragma once
// The node's facts as JSON: what /api/v1 answers and what the CLI prints from. Durations are seconds.

#include <nlohmann/json_fwd.hpp>

#include "admin/backend.h"

namespace isochrone::admin {

nlohmann::json to_json(const StatusReport& report);
nlohmann::json to_json(const Explanation& explanation);
nlohmann::json to_json(const DrainReply& reply);
nlohmann::json to_json(const ReloadReply& reply);
nlohmann::json to_json(const ReceiptsReply& reply);  // receipt_json.cc

}  // namespace isochrone::admin
