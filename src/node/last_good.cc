#include "node/last_good.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "util/from_root.h"

namespace isochrone::node {

namespace fs = std::filesystem;

std::string last_good_root(const std::string& state_dir) { return state_dir + "/last-good"; }

Status keep_last_good(const std::string& state_dir, const std::vector<std::string>& files, uint64_t digest) {
  // `last-good` is a link to a folder named by what it holds: renaming a new link over it swaps all files at once.
  const std::string name = fmt::format("last-good-{:016x}", digest);
  const fs::path folder = fs::path(state_dir) / name;
  std::error_code error;
  if (fs::read_symlink(last_good_root(state_dir), error) == name) return {};
  fs::remove_all(folder, error);
  for (const std::string& file : files) {
    const fs::path copy = folder / from_root(file).relative_path();
    fs::create_directories(copy.parent_path(), error);
    if (!error) fs::copy_file(file, copy, fs::copy_options::overwrite_existing, error);
    if (error) {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
      return fail(fmt::format("{}: cannot keep a copy of {}: {}", folder.string(), file, error.message()));
    }
  }
  const std::string link = last_good_root(state_dir), beside = link + ".new";
  fs::path old = fs::read_symlink(link, error);
  fs::remove(beside, error);
  fs::create_symlink(name, beside, error);
  if (!error) fs::rename(beside, link, error);
  if (error) return fail(fmt::format("{}: {}", link, error.message()));
  if (!old.empty() && old != name) fs::remove_all(fs::path(state_dir) / old, error);
  return {};
}

}  // namespace isochrone::node
