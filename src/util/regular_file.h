#pragma once
// Files that somebody else put there, opened to be read. Any thread.

#include <string>

#include "util/result.h"

namespace isochrone {

// The descriptor of a regular file, which is the caller's to close. Never waits: a pipe might have no writer, and a device never
// end. An Error says why there is none, without the path.
Result<int> open_regular(const std::string& path);

}  // namespace isochrone
