#include "cluster/pushing.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "config/load.h"
#include "loop/clock.h"
#include "sync/revision_folder.h"
#include "sync/serials.h"
#include "util/from_root.h"

namespace isochrone::cluster {

namespace fs = std::filesystem;

namespace {

std::string normal(const std::string& path) { return from_root(path).lexically_normal().string(); }

// Path below `folder`; empty: it is not there.
std::string below(const std::string& path, const std::string& folder) {
  const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string();
}

bool stays(const std::string& path) {
  std::error_code error;
  return path.ends_with(".mmdb") || fs::file_size(path, error) > sync::kMostTravelling;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "isochrone-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

bool is_ahead(const sync::NodeKey& node, const sync::RevisionHead& head) {
  if (node.revision != head.number) return node.revision > head.number;
  return !node.manifest.empty() && node.manifest != head.manifest;
}

Pushing::Pushing(const config::NodeConfig& config)
    : config_(config), etcd_(config.cluster->etcd), keys_(config.cluster->name), store_(etcd_, keys_) {}

// With the serials of `before` as what was served last, and the revision's own from now on.
Result<std::shared_ptr<const config::World>> Pushing::load(Revision& revision, const std::optional<Staged>& before, Problems& problems) {
  auto serials = sync::Serials::restore(before ? before->revision.manifest.serials : std::string("{}"));
  if (!serials) serials = sync::Serials();
  const config::NodeConfig config = config_for(config_, revision);
  auto world = config::load_world(
      config, problems, [&](std::string_view zone, uint32_t in_file, uint64_t made) { return serials->serve(std::string(zone), in_file, made); },
      revision.folder);
  if (!world) return fail("the configuration has errors");
  revision.manifest.serials = serials->save();
  return world;
}

Result<std::optional<Staged>> Pushing::fetch(std::optional<uint64_t> number, Problems& problems) {
  auto seen = store_.head();
  if (!seen) return tl::unexpected(seen.error());
  seen_ = std::move(*seen);
  if (!seen_ && !number) return std::optional<Staged>();
  Staged staged;
  if (number && !(seen_ && seen_->head.number == *number)) {
    const auto history = store_.history();
    if (!history) return tl::unexpected(history.error());
    const auto found = std::ranges::find(*history, *number, &sync::RevisionHead::number);
    if (found == history->end()) return fail(fmt::format("there is no revision {} in the history; isochrone history lists what is kept", *number));
    staged.revision.head = *found;
  } else {
    staged.revision.head = seen_->head;
  }
  auto manifest = store_.manifest(staged.revision.head);
  if (!manifest) return tl::unexpected(manifest.error());
  staged.revision.manifest = std::move(*manifest);
  staged.revision.folder = fmt::format("{}/revision-{}", folder_.path(), staged.revision.head.number);
  const Status written = sync::write_revision(staged.revision.manifest, staged.revision.folder, own_folder(config_), own_folder(config_),
                                              [&](const std::string& digest) { return store_.piece(digest); });
  if (!written) return tl::unexpected(written.error());
  const std::string serials = staged.revision.manifest.serials;
  auto world = load(staged.revision, std::optional(staged), problems);
  staged.revision.manifest.serials = serials;
  if (!world) return fail(fmt::format("revision {}: {}", staged.revision.head.number, world.error().text));
  staged.world = std::move(*world);
  return std::optional(std::move(staged));
}

Status Pushing::copy_file(const std::string& path, const std::string& folder, const std::string& staged, sync::Manifest& manifest) {
  std::string inner = below(path, folder);
  const bool large = stays(path);
  if (inner.empty() && !large)
    return fail(fmt::format("{}: lies outside of {}; only what is below that folder travels to the nodes", path, folder));
  if (inner.empty()) inner = path;
  const std::string to = sync::place_in(staged, inner);
  std::error_code error;
  fs::create_directories(fs::path(to).parent_path(), error);
  if (large) fs::create_symlink(path, to, error);
  else fs::copy_file(path, to, error);
  if (error) return fail(fmt::format("{}: cannot be copied: {}", path, error.message()));
  auto file = sync::describe_file(to, inner, large, [](const std::string&, std::string_view) { return Status(); });
  if (!file) return tl::unexpected(file.error());
  manifest.files.push_back(std::move(*file));
  return {};
}

Result<Staged> Pushing::stage(const std::string& from, const std::optional<Staged>& before, Problems& problems) {
  const std::string own = normal(own_folder(config_)), folder = from.empty() ? own : normal(from);
  config::NodeConfig local = config_;
  Staged staged;
  sync::Manifest& manifest = staged.revision.manifest;
  manifest.zones = below(normal(config_.zones_dir), own);
  manifest.probes = below(normal(config_.probes_dir), own);
  if (manifest.zones.empty() || manifest.probes.empty())
    return fail(fmt::format("{}: `zones` and `probes` must lie below {}, or they cannot travel to the nodes", config_.file, own));
  local.zones_dir = folder + "/" + manifest.zones;
  local.probes_dir = folder + "/" + manifest.probes;
  const auto world = config::load_world(local, problems);
  if (!world) return fail("the configuration has errors");
  staged.revision.folder = folder_.path() + "/next";
  for (const std::string& path : world->files)
    if (const Status copied = copy_file(normal(path), folder, staged.revision.folder, manifest); !copied) return tl::unexpected(copied.error());
  std::ranges::sort(manifest.files, {}, &sync::RevisionFile::path);
  // What the nodes will load: a name from the root that is right here would lead nowhere there. Warnings were told.
  Problems there;
  auto loaded = load(staged.revision, before, there);
  if (!loaded) {
    problems.append(there);
    return fail("the configuration loads here, and would not on the nodes: does it name files by their path from the root?");
  }
  staged.world = std::move(*loaded);
  return staged;
}

Result<Staged> Pushing::again(const Staged& old, const std::optional<Staged>& before, Problems& problems) {
  Staged staged{old.revision, nullptr};
  auto world = load(staged.revision, before, problems);
  if (!world) return tl::unexpected(world.error());
  staged.world = std::move(*world);
  return staged;
}

Result<std::vector<sync::NodeKey>> Pushing::nodes() {
  const auto range = etcd_.list(keys_.nodes(), false, sync::Read::Local);
  if (!range) return tl::unexpected(range.error());
  std::vector<sync::NodeKey> out;
  for (const sync::KeyValue& one : range->keys)
    if (auto key = sync::decode_node_key(one.value)) out.push_back(std::move(*key));
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> Pushing::promoted() {
  const auto range = etcd_.list(keys_.primaries());
  if (!range) return tl::unexpected(range.error());
  std::vector<std::pair<std::string, std::string>> out;
  for (const sync::KeyValue& one : range->keys) out.emplace_back(one.key.substr(keys_.primaries().size()), one.value);
  return out;
}

Result<std::vector<std::string>> Pushing::needed_nodes(const std::vector<ServiceChange>& changes) {
  if (changes.empty()) return std::vector<std::string>();
  const auto live = nodes();
  if (!live) return tl::unexpected(live.error());
  const auto moved = promoted();
  if (!moved) return tl::unexpected(moved.error());
  std::map<std::string, std::string> primary_of(moved->begin(), moved->end());
  std::map<std::string, std::string> node_in;
  for (const sync::NodeKey& node : *live) node_in.emplace(node.region, node.node);
  std::vector<std::string> needed;
  std::string without;
  for (const ServiceChange& change : changes) {
    const auto promoted_to = primary_of.find(change.service);
    const std::string& region = promoted_to != primary_of.end() ? promoted_to->second : change.primary;
    if (region.empty()) continue;
    const auto node = node_in.find(region);
    if (node == node_in.end()) without += fmt::format("\n  {}: no node is live in its primary region {}; isochrone promote {} REGION moves it", change.service, region, change.service);
    else needed.push_back(keys_.node(node->second));
  }
  if (!without.empty()) return fail("services are changed whose primary region is away:" + without);
  std::ranges::sort(needed);
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  return needed;
}

Result<sync::RevisionHead> Pushing::commit(const Staged& next, const std::optional<Staged>& before, const std::string& who, const std::string& why,
                                           uint64_t copy_of, const std::vector<std::string>& needed) {
  const auto live = nodes();
  if (!live) return tl::unexpected(live.error());
  sync::RevisionHead head;
  // Behind whatever any node serves: etcd may have been put back to an older state.
  head.number = before ? before->revision.head.number : 0;
  if (seen_) head.number = std::max(head.number, seen_->head.number);
  for (const sync::NodeKey& node : *live) head.number = std::max(head.number, node.revision);
  ++head.number;
  head.who = who;
  head.why = why;
  head.at = loop::unix_now();
  head.copy_of = copy_of;
  if (before) store_.know(before->revision.head, before->revision.manifest);
  const auto upload = [&](const std::string& digest, std::string_view piece) { return store_.upload(digest, piece); };
  for (const sync::RevisionFile& file : next.revision.manifest.files) {
    if (file.stays) continue;
    head.octets += file.size;
    const auto sent = sync::describe_file(next.revision.folder + "/" + file.path, file.path, false, upload);
    if (!sent) return tl::unexpected(sent.error());
  }
  const auto done = store_.commit(head, next.revision.manifest, seen_, needed);
  if (!done) return tl::unexpected(done.error());
  if (!*done) return fail("somebody else pushed meanwhile, or a node of a primary region went away; nothing has changed");
  return head;
}

Result<bool> Pushing::is_in_force(const sync::RevisionHead& head) {
  auto there = store_.head();
  if (!there) return tl::unexpected(there.error());
  if (!*there || (*there)->head != head) return false;
  seen_ = std::move(*there);
  return true;
}

Status Pushing::promote(const std::string& service, const std::string& region) { return etcd_.put(keys_.primary(service), region); }

}  // namespace isochrone::cluster
