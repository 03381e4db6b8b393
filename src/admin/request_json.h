#pragma once
// What requests ask for: the bodies of those that change something, and the parameters of the others. An Error is for whoever
// sent it, and names what is at fault.

#include <map>
#include <string>
#include <string_view>

#include "admin/backend.h"

namespace isochrone::admin {

using Parameters = std::multimap<std::string, std::string>;  // behind the '?'; any that is not known is an Error

// Of GET /api/v1/explain; without `resolver` the query comes from 127.0.0.1.
Result<ExplainRequest> decode_explain(const Parameters& parameters);
// Of GET /api/v1/receipts: the target.
Result<std::string> decode_receipts(const Parameters& parameters);
// Of GET /api/v1/plan: the vantage; "": none is named.
Result<std::string> decode_plan(const Parameters& parameters);
// Of POST /api/v1/drain (`set`) or undrain. Its texts fit on one line; `by` is who the body says asks, perhaps nobody.
Result<DrainRequest> decode_drain(std::string_view body, bool set);
// Of POST /api/v1/probe.
Result<std::string> decode_probe(std::string_view body);
// Of POST /api/v1/reload, which asks for nothing: an empty body or an empty object.
Status decode_nothing(std::string_view body);

}  // namespace isochrone::admin
