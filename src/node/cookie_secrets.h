#pragma once
// The file of cookie secrets (RFC 9018 §5): a 32-digit hex secret a line, the first signs, all verify. Made where it
// is absent, so that a restart keeps clients' cookies; read again at every reload, so that secrets can be rolled.

#include <optional>
#include <string>
#include <vector>

#include "answer/snapshot.h"
#include "util/result.h"

namespace isochrone::node {

struct CookieSecrets {
  std::vector<answer::CookieSecret> secrets;  // at least one
  Status kept;                                // why the one just made is not on disk: ask again with it as `unkept`
};

// An Error names file, line and what was expected. A disk that takes no file is none: cookies work until the restart.
Result<CookieSecrets> read_or_make_cookie_secrets(const std::string& path, std::optional<answer::CookieSecret> unkept = {});

}  // namespace isochrone::node
