#pragma once
// What the bodies of requests that change something ask for. An Error is for whoever sent it, and names the key at fault.

#include <string>
#include <string_view>

#include "admin/backend.h"

namespace isochrone::admin {

// Of POST /api/v1/drain (`set`) or undrain. Its texts fit on one line; `by` is who the body says asks, perhaps nobody.
Result<DrainRequest> decode_drain(std::string_view body, bool set);
// Of POST /api/v1/probe.
Result<std::string> decode_probe(std::string_view body);
// Of POST /api/v1/reload, which asks for nothing: an empty body or an empty object.
Status decode_nothing(std::string_view body);

}  // namespace isochrone::admin
