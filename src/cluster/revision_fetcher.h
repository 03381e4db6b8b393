#pragma once
// Brings revisions from etcd to this disk, in the thread pool, the newest one wanted at a time. What fails is tried again
// until it is there or another one is wanted. Control thread.

#include <functional>
#include <optional>
#include <string>

#include "cluster/revisions.h"
#include "loop/background.h"
#include "loop/timer.h"

namespace isochrone::cluster {

class RevisionFetcher {
 public:
  // `fetched` is called on the loop; `failed` for each try that failed.
  RevisionFetcher(uv_loop_t* loop, const config::NodeConfig& config, std::function<void(const Revision&)> fetched,
                  std::function<void(const sync::RevisionHead&, const std::string& why)> failed);

  // Ends what is under way, too: nothing is called for it.
  void want_nothing();
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
  loop::Background<Work> work_;
  loop::Timer again_;
};

}  // namespace isochrone::cluster
