#pragma once
// What the commands of a cluster's configuration share: opening it, and telling of a change.

#include <optional>
#include <string>

#include "cluster/pushing.h"
#include "config/model.h"

namespace isochrone::cli {

// isochrone.yaml with `cluster`; nullopt, told on stderr: it is not.
std::optional<config::NodeConfig> open_cluster(const std::string& file);

// What `next` would change: files, line by line, services, and where clients would go.
void print_change(const std::optional<cluster::Staged>& before, const cluster::Staged& next, const std::vector<cluster::ServiceChange>& changes,
                  const config::NodeConfig& config);

struct PushOptions {
  std::string why;
  bool force = false, dry_run = false, no_wait = false;
};
// Judges and commits `next`, and waits until every node has said that it serves it, or refuses. The exit status.
int publish(cluster::Pushing& pushing, const config::NodeConfig& config, const std::optional<cluster::Staged>& before, const cluster::Staged& next,
            uint64_t copy_of, const PushOptions& options);

// "3 min ago".
std::string ago(int64_t at);

}  // namespace isochrone::cli
