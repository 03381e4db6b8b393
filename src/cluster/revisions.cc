#include "cluster/revisions.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "sync/revision_folder.h"
#include "sync/state_file.h"
#include "util/from_root.h"

namespace isochrone::cluster {

namespace fs = std::filesystem;

namespace {

constexpr const char* kKind = "revision";
constexpr std::string_view kPrefix = "revision-";

std::string cluster_folder(const config::NodeConfig& config) { return config.state_dir + "/cluster"; }
std::string folder_of(const config::NodeConfig& config, uint64_t number) { return fmt::format("{}/{}{}", cluster_folder(config), kPrefix, number); }

// Of what may be a revision's folder, whole or not; 0: it is none.
uint64_t number_of(std::string_view name) {
  uint64_t number = 0;
  if (name.starts_with(kPrefix)) std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
  return number;
}

}  // namespace

std::string own_folder(const config::NodeConfig& config) {
  const fs::path folder = from_root(config.file).parent_path();
  return folder.lexically_normal().string();
}

Result<Revision> read_kept_revision(const config::NodeConfig& config) {
  const sync::Loaded kept = sync::load_state(cluster_folder(config) + "/current", kKind);
  if (!kept.octets) return fail(kept.set_aside.empty() ? "none was kept in state" : "it was set aside: " + kept.set_aside);
  const size_t line = std::min(kept.octets->find('\n'), kept.octets->size());
  auto head = sync::decode_head(kept.octets->substr(0, line));
  if (!head) return tl::unexpected(head.error());
  auto manifest = sync::decode_manifest(std::string_view(*kept.octets).substr(std::min(line + 1, kept.octets->size())));
  if (!manifest) return tl::unexpected(manifest.error());
  Revision revision{std::move(*head), std::move(*manifest), {}};
  revision.folder = folder_of(config, revision.head.number);
  if (const Status whole = sync::check_revision(revision.manifest, revision.folder); !whole) return tl::unexpected(whole.error());
  return revision;
}

Result<Revision> fetch_revision(sync::RevisionStore& store, const sync::RevisionHead& head, const config::NodeConfig& config,
                                const std::string& known_folder) {
  auto manifest = store.manifest(head);
  if (!manifest) return tl::unexpected(manifest.error());
  Revision revision{head, std::move(*manifest), folder_of(config, head.number)};
  std::error_code error;
  fs::create_directories(cluster_folder(config), error);
  const Status written = sync::write_revision(revision.manifest, revision.folder, known_folder == revision.folder ? "" : known_folder, own_folder(config),
                                              [&](const std::string& digest) { return store.piece(digest); });
  if (!written) return tl::unexpected(written.error());
  return revision;
}

Status keep_revision(const config::NodeConfig& config, const Revision& revision) {
  const Status kept = sync::save_state(cluster_folder(config) + "/current", kKind, sync::encode(revision.head) + "\n" + sync::encode(revision.manifest));
  if (!kept) return kept;
  std::error_code error;
  for (fs::directory_iterator entry(cluster_folder(config), error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const bool is_ours = entry->path() == fs::path(revision.folder);
    if (!is_ours && entry->is_directory(ignored) && number_of(entry->path().filename().string()) <= revision.head.number) fs::remove_all(entry->path(), ignored);
  }
  return {};
}

config::NodeConfig config_for(const config::NodeConfig& config, const Revision& revision) {
  config::NodeConfig out = config;
  out.revision_root = revision.folder;
  out.zones_dir = "/" + revision.manifest.zones;
  out.probes_dir = "/" + revision.manifest.probes;
  return out;
}

}  // namespace isochrone::cluster
