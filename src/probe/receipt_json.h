#pragma once
// One receipt of a report, as JSON (wire_json.h).

#include <nlohmann/json.hpp>
#include <string>

#include "health/report.h"
#include "util/result.h"

namespace isochrone::probe {

nlohmann::json encode_receipt(const health::Receipt& receipt);
// What a stranger may have sent: a failure, bounded, its texts printable. `where` is put in front of faults.
Result<health::Receipt> decode_receipt(const nlohmann::json& object, const std::string& where);

}  // namespace isochrone::probe
