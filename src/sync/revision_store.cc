#include "sync/revision_store.h"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "loop/clock.h"
#include "sync/chunks.h"
#include "sync/state_file.h"

namespace isochrone::sync {

namespace {

constexpr size_t kMostInTransaction = 700 << 10;  // octets; etcd takes 1.5 MiB, and base64 is a third longer
constexpr size_t kMostPuts = 60;                  // etcd takes 128 operations
constexpr int kTidySeconds = 30;
constexpr Duration kRenewEvery = 5s;
constexpr size_t kRemovedAtOnce = 100;  // etcd takes 128 operations in a transaction
constexpr Duration kCommitPatience = 30s, kTidyLook = 200ms;

}  // namespace

Result<std::optional<StoredHead>> RevisionStore::head() {
  const auto key = etcd_.get(keys_.config());
  if (!key) return tl::unexpected(key.error());
  if (!*key) return std::optional<StoredHead>();
  auto head = decode_head((*key)->value);
  if (!head) return tl::unexpected(head.error());
  return std::optional(StoredHead{std::move(*head), (*key)->modified});
}

Result<std::vector<RevisionHead>> RevisionStore::history() {
  const auto range = etcd_.list(keys_.revisions());
  if (!range) return tl::unexpected(range.error());
  std::vector<RevisionHead> out;
  for (const KeyValue& one : range->keys)
    if (auto head = decode_head(one.value)) out.push_back(std::move(*head));
  return out;
}

Result<std::string> RevisionStore::piece(const std::string& name) {
  auto key = etcd_.get(keys_.chunk(name), Read::Local);
  if (key && !*key) key = etcd_.get(keys_.chunk(name));  // that member is behind
  if (!key) return tl::unexpected(key.error());
  if (!*key) return fail(fmt::format("piece {} is not in etcd any more", name));
  auto octets = unpack((*key)->value);
  if (octets && digest(*octets) != name) return fail(fmt::format("piece {} is corrupt in etcd", name));
  return octets;
}

Result<Manifest> RevisionStore::manifest(const RevisionHead& head) {
  std::string text;
  for (const std::string& name : head.chunks) {
    const auto part = piece(name);
    if (!part) return tl::unexpected(part.error());
    text += *part;
  }
  if (digest(text) != head.manifest) return fail(fmt::format("revision {}: its manifest is corrupt in etcd", head.number));
  return decode_manifest(text);
}

void RevisionStore::know(const RevisionHead& head, const Manifest& manifest) {
  known_.insert(head.chunks.begin(), head.chunks.end());
  for (const RevisionFile& file : manifest.files) known_.insert(file.chunks.begin(), file.chunks.end());
}

Status RevisionStore::upload(const std::string& name, std::string_view octets) {
  if (!known_.insert(name).second) return {};
  std::string packed = pack(octets);
  if (waiting_octets_ + packed.size() > kMostInTransaction || waiting_.size() == kMostPuts)
    if (const Status sent = send_waiting(); !sent) return sent;
  waiting_octets_ += packed.size();
  waiting_.emplace(name, std::move(packed));
  return {};
}

Status RevisionStore::send_waiting() {
  for (const auto& [name, packed] : waiting_)
    if (const Status put = etcd_.put(keys_.chunk(name), packed); !put) return put;
  waiting_.clear();
  waiting_octets_ = 0;
  return {};
}

Result<bool> RevisionStore::try_to_commit(const RevisionHead& next, const std::optional<StoredHead>& seen, const std::vector<std::string>& needed) {
  const std::string text = encode(next);
  Transaction publish;
  publish.if_modified_at(keys_.config(), seen ? seen->modified : 0);
  publish.if_modified_at(keys_.tidying(), 0);  // pieces that we rely on might be going
  for (const std::string& key : needed) publish.if_there(key);
  for (const auto& [name, packed] : waiting_) publish.put(keys_.chunk(name), packed);
  publish.put(keys_.config(), text);
  publish.put(keys_.revision(next.number), text);
  return etcd_.commit(publish);
}

Result<bool> RevisionStore::commit(RevisionHead& next, const Manifest& manifest, const std::optional<StoredHead>& seen,
                                   const std::vector<std::string>& needed) {
  const std::string text = encode(manifest);
  next.manifest = digest(text);
  next.chunks.clear();
  for (const std::string_view part : cut(text)) {
    next.chunks.push_back(digest(part));
    if (const Status done = upload(next.chunks.back(), part); !done) return tl::unexpected(done.error());
  }
  const Time start = loop::now();
  for (;;) {
    auto done = try_to_commit(next, seen, needed);
    if (!done || *done) return done;
    // Perhaps it was done, and the answer of the first try was lost.
    const auto there = head();
    if (!there) return tl::unexpected(there.error());
    if (*there && (*there)->head == next) return true;
    const auto tidying = etcd_.get(keys_.tidying());
    const bool is_first = seen ? *there && (*there)->modified == seen->modified : !*there;
    if (!tidying || !*tidying || !is_first || loop::now() - start > kCommitPatience) return false;
    std::this_thread::sleep_for(kTidyLook);
  }
}

void RevisionStore::tidy_up() {
  const auto revisions = etcd_.list(keys_.revisions(), true, Read::Local), pieces = etcd_.list(keys_.chunks(), true, Read::Local);
  if (!revisions || !pieces || (revisions->keys.size() <= kGatheredRevisions && pieces->keys.size() <= kGatheredPieces)) return;
  const auto lease = etcd_.lease(kTidySeconds);
  if (!lease) return;
  Transaction take;
  take.if_modified_at(keys_.tidying(), 0);
  take.operations.push_back({{"request_put", put_request(keys_.tidying(), "tidying", *lease)}});
  if (const auto taken = etcd_.commit(take); taken && *taken) remove_unwanted(*lease);
  etcd_.revoke(*lease);
}

// Whoever commits meanwhile waits for us, so what is wanted does not grow. Where our lease ran out (a machine that slept), others
// have not waited: then nothing more goes.
void RevisionStore::remove_unwanted(int64_t lease) {
  const auto all = history();
  const auto pieces = etcd_.list(keys_.chunks(), true);
  if (!all || !pieces) return;
  Time renewed = loop::now();
  const auto keep_lease = [&] {  // a round trip between members: not for every piece
    if (loop::now() - renewed < kRenewEvery) return true;
    renewed = loop::now();
    return etcd_.keep(lease).has_value();
  };
  Transaction removal;  // a round trip between members for many keys at once
  const auto send = [&] {
    removal.if_under_lease(keys_.tidying(), lease);
    const auto done = etcd_.commit(std::exchange(removal, {}));
    return done && *done;
  };
  const auto remove = [&](const std::string& key) {
    removal.remove(key);
    return removal.operations.size() < kRemovedAtOnce || (keep_lease() && send());
  };
  std::set<std::string> wanted;
  size_t kept = 0;
  for (auto head = all->rbegin(); head != all->rend(); ++head) {
    if (kept >= 2 && (kept >= kMostRevisions || wanted.size() > kMostPieces)) {
      if (!remove(keys_.revision(head->number))) return;
      continue;
    }
    const auto its = manifest(*head);
    if (!its || !keep_lease()) return;  // unknown what it needs
    ++kept;
    for (const std::string& name : head->chunks) wanted.insert(keys_.chunk(name));
    for (const RevisionFile& file : its->files)
      for (const std::string& name : file.chunks) wanted.insert(keys_.chunk(name));
  }
  for (const KeyValue& piece : pieces->keys) {
    if (!wanted.contains(piece.key) && !remove(piece.key)) return;
  }
  if (!removal.operations.empty()) send();
}

}  // namespace isochrone::sync
