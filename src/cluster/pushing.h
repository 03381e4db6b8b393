#pragma once
// `isochrone push`, `rollback`, `pull`: an operator's side of a cluster's configuration. Blocks; for commands.
//
//   files ─► copy ─► loaded as every node will load it ─┐
//   etcd ─► revision in force, loaded too ──────────────┴─► what changes, breaks, needs ─► one transaction

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/revisions.h"
#include "cluster/service_changes.h"
#include "config/model.h"
#include "sync/etcd_session.h"
#include "sync/keys.h"
#include "sync/node_key.h"
#include "sync/revision_store.h"
#include "util/problem.h"
#include "util/result.h"

namespace isochrone::cluster {

// A folder that ends with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }         // empty: it could not be made

 private:
  std::string path_;
};

// A revision and what it says. The folder lives as long as the Pushing.
struct Staged {
  Revision revision;
  std::shared_ptr<const config::World> world;
};

// The node serves what was pushed later than `head`, or another revision of that number. Where `head` is in force, this etcd
// was put back to an older state, and the node does not take it.
bool is_ahead(const sync::NodeKey& node, const sync::RevisionHead& head);

class Pushing {
 public:
  // `config`: isochrone.yaml with `cluster`.
  explicit Pushing(const config::NodeConfig& config);

  // The revision in force, or `number` of the history; nullopt: nothing was pushed yet. An Error also where it cannot be
  // loaded by this isochrone: `problems` says why.
  Result<std::optional<Staged>> fetch(std::optional<uint64_t> number, Problems& problems);
  // The files of zones and probes below `folder` as they would be pushed. Problems are told at the files' own places.
  Result<Staged> stage(const std::string& folder, const std::optional<Staged>& before, Problems& problems);

  // The files of `old` as a revision behind `before`: serials do not go back with them.
  Result<Staged> again(const Staged& old, const std::optional<Staged>& before, Problems& problems);

  // Primaries, by service, as `promote` has moved them.
  Result<std::vector<std::pair<std::string, std::string>>> promoted();
  // Keys of nodes that must be there for `changes` to be made: one in each primary region. An Error names the services
  // whose primary region has none.
  Result<std::vector<std::string>> needed_nodes(const std::vector<ServiceChange>& changes);
  // Makes `next` the revision in force. An Error: somebody was first, or etcd; nothing has changed then.
  Result<sync::RevisionHead> commit(const Staged& next, const std::optional<Staged>& before, const std::string& who, const std::string& why,
                                    uint64_t copy_of, const std::vector<std::string>& needed);
  // What commit() made is in force still; commit() may be called again then, for a number behind those of nodes that are ahead.
  Result<bool> is_in_force(const sync::RevisionHead& head);
  // Removes what no revision that is kept needs. After a commit, when nobody waits any more.
  void tidy_up() { store_.tidy_up(); }
  // Moves a service's primary.
  Status promote(const std::string& service, const std::string& region);

  Result<std::vector<sync::RevisionHead>> history() { return store_.history(); }
  Result<std::vector<sync::NodeKey>> nodes();

 private:
  Result<std::shared_ptr<const config::World>> load(Revision& revision, const std::optional<Staged>& before, Problems& problems);
  Status copy_file(const std::string& path, const std::string& folder, const std::string& staged, sync::Manifest& manifest);

  const config::NodeConfig& config_;
  TemporaryFolder folder_;
  sync::EtcdSession etcd_;
  sync::Keys keys_;
  sync::RevisionStore store_;
  std::optional<sync::StoredHead> seen_;
};

}  // namespace isochrone::cluster
