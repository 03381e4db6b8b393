#pragma once
// Revisions in etcd: the one in force, the history, their pieces. For who can wait (EtcdSession).
//
//   push:  pieces that are not there yet ─► one transaction: head and history, if nobody was first ─► tidy up
//   fetch: head ─► manifest ─► pieces
//
// A small change is one round trip between etcd's members: its pieces travel in the transaction itself. Pieces are named
// by their digest, so they are read from whichever member is asked.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/etcd_session.h"
#include "sync/keys.h"
#include "sync/revision.h"

namespace isochrone::sync {

// Revisions that are kept for `history` and `rollback`: so many, or fewer where they need more pieces than these (1 GiB at
// most before compression, half of etcd's default quota), but never less than the last two.
inline constexpr size_t kMostRevisions = 100;
inline constexpr size_t kMostPieces = 1000;
// A tenth more of either may gather: one push in ten tidies up, not every one.
inline constexpr size_t kGatheredRevisions = kMostRevisions + kMostRevisions / 10;
inline constexpr size_t kGatheredPieces = kMostPieces + kMostPieces / 10;

struct StoredHead {
  RevisionHead head;
  int64_t modified = 0;             // of the key, in etcd's count
};

class RevisionStore {
 public:
  RevisionStore(EtcdSession& etcd, Keys keys) : etcd_(etcd), keys_(std::move(keys)) {}

  // nullopt: nothing was pushed yet.
  Result<std::optional<StoredHead>> head();
  Result<std::vector<RevisionHead>> history();                    // oldest first
  Result<Manifest> manifest(const RevisionHead& head);
  Result<std::string> piece(const std::string& digest);           // checked against its digest

  // Pieces that are there for certain: those of the revision in force.
  void know(const RevisionHead& head, const Manifest& manifest);
  // To be there when commit() has succeeded, unless it is known; sent now where much is waiting.
  Status upload(const std::string& digest, std::string_view piece);
  // Makes `next` the revision in force, if `seen` still is and every key of `needed` is there: all of it or nothing.
  // `next.manifest` and `next.chunks` are filled in from the manifest. False: it is not so.
  Result<bool> commit(RevisionHead& next, const Manifest& manifest, const std::optional<StoredHead>& seen, const std::vector<std::string>& needed);
  // Old revisions go, and pieces that none of the others needs; where there are many. What fails is left to the next push.
  void tidy_up();

 private:
  Status send_waiting();
  Result<bool> try_to_commit(const RevisionHead& next, const std::optional<StoredHead>& seen, const std::vector<std::string>& needed);
  void remove_unwanted(int64_t lease);

  EtcdSession& etcd_;
  Keys keys_;
  std::set<std::string> known_;                                   // digests
  std::map<std::string, std::string> waiting_;                    // digest → packed
  size_t waiting_octets_ = 0;
};

}  // namespace isochrone::sync
