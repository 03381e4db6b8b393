#pragma once
// Brings revisions from etcd to this disk, in the thread pool, the newest one wanted at a time. What fails is tried again
// until it is there or another one is wanted. Control thread.

#include <functional>
#include <optional>
#include <string>

#include "node/background.h"
#include "node/loop.h"
#include "node/revisions.h"

namespace isochrone::node {

class RevisionFetcher {
 public:
  // `fetched` is called on the loop; `failed` for each try that failed.
  RevisionFetcher(uv_loop_t* loop, const config::NodeConfig& config, std::function<void(const Revision&)> fetched,
                  std::function<void(const sync::RevisionHead&, const std::string& why)> failed);

  // `known_folder`: files of a revision that is there; may be empty.
  void want(const sync::RevisionHead& head, const std::string& known_folder);

 private:
  struct Work {
    config::NodeConfig config;
    sync::RevisionHead head;
    std::string known_folder;
    Result<Revision> result;
  };
  static void fetch(Work& work);
  void start();
  void ended(Work& work);

  const config::NodeConfig& config_;
  std::function<void(const Revision&)> fetched_;
  std::function<void(const sync::RevisionHead&, const std::string&)> failed_;
  std::optional<sync::RevisionHead> wanted_;
  std::string known_folder_;
  Background<Work> work_;
  Timer again_;
};

}  // namespace isochrone::node
