#pragma once
// Revisions of a cluster's configuration on this node's disk: STATE/cluster.
//
//   STATE/cluster/current        which revision was good last, and its manifest; a state file with a checksum
//   STATE/cluster/revision-7/    its files, below which zones and probes are loaded
//
// Any thread, one at a time.

#include <string>

#include "config/model.h"
#include "sync/revision.h"
#include "sync/revision_store.h"
#include "util/result.h"

namespace isochrone::cluster {

struct Revision {
  sync::RevisionHead head;
  sync::Manifest manifest;
  std::string folder;
};

// The revision that was good last, every file of it checked against its digest. An Error says why there is none.
Result<Revision> read_kept_revision(const config::NodeConfig& config);

// Brings the revision of `head` to this disk, beside those that are there. `known`: one that is; its files are not asked
// for again. Blocks; see RevisionStore.
Result<Revision> fetch_revision(sync::RevisionStore& store, const sync::RevisionHead& head, const config::NodeConfig& config,
                                const std::string& known_folder);

// From now on that one was good last; files of earlier ones go. A later one may be on its way here.
Status keep_revision(const config::NodeConfig& config, const Revision& revision);

// The same node, as it loads that revision.
config::NodeConfig config_for(const config::NodeConfig& config, const Revision& revision);

// Of files that do not travel: the folder that holds isochrone.yaml.
std::string own_folder(const config::NodeConfig& config);

}  // namespace isochrone::cluster
