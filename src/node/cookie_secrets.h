#pragma once
// The file of cookie secrets (RFC 9018 §5): a 32-digit hex secret a line, the first signs, all verify. Made where it
// is absent, so that a restart keeps clients' cookies; read again at every reload, so that secrets can be rolled.

#include <string>
#include <vector>

#include "answer/snapshot.h"
#include "util/result.h"

namespace isochrone::node {

// An Error names file, line and what was expected, or why the file cannot be made.
Result<std::vector<answer::CookieSecret>> read_or_make_cookie_secrets(const std::string& path);

}  // namespace isochrone::node
