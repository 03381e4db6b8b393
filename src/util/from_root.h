#pragma once
// Paths from the root. Any thread.

#include <filesystem>
#include <system_error>

namespace isochrone {

// Throws nothing: where the working folder is gone, `path` as it is.
inline std::filesystem::path from_root(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error);
  return error ? path : whole;
}

}  // namespace isochrone
