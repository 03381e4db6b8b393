#pragma once
// What must survive a restart, in the `state` folder: health, drains, serials. A disk that is full or read-only is
// said once, counted, and tried again until everything is on it; a corrupt file is set aside and the node starts
// without it. Control thread.

#include <uv.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "health/ledger.h"
#include "health/report.h"
#include "loop/background.h"
#include "sync/drains.h"
#include "sync/serials.h"

namespace isochrone::node {

// Health as the state folder has it.
struct KeptHealth {
  health::SavedState state;
  Duration downtime{};                 // since it was saved, by the wall clock
};

// What gateways have observed, in the same way.
struct KeptObservations {
  std::vector<health::SavedCell> cells;
  Duration downtime{};
};

// For those who only look, while a node may be running: nothing is moved or made. What cannot be read is not there.
std::optional<KeptHealth> peek_health(const std::string& state_dir);
std::optional<KeptObservations> peek_observations(const std::string& state_dir);
sync::Drains peek_drains(const std::string& state_dir);

class Keeper {
 public:
  // `failed` is called on the loop for each write that failed.
  Keeper(uv_loop_t* loop, std::string state_dir, std::function<void()> failed);

  // Makes the folder, mode 0750, and proves that it can be written. An Error says what is wrong with it.
  Status prepare();

  sync::Drains load_drains();
  sync::Serials load_serials();
  std::optional<KeptHealth> load_health();
  std::optional<KeptObservations> load_observations();

  void save_drains(const sync::Drains& drains);
  void save_serials(const sync::Serials& serials);
  // Written by the thread pool; a call while the last write runs is dropped (the next comes soon).
  void save_health_soon(health::SavedState state);
  void save_health_now(const health::SavedState& state);
  void save_observations_soon(std::vector<health::SavedCell> cells);
  void save_observations_now(const std::vector<health::SavedCell>& cells);

  // Moves a file of the folder that cannot be used out of the way, and remembers it for notices().
  void set_aside(const std::string& path, const std::string& fault);
  // The outcome of writing `what` to the folder, where others do it.
  void note(const std::string& what, const Status& written);
  // Something is not on disk that ought to be. `what` as given to note(); without it: anything.
  bool is_unsaved(const std::string& what) const { return faults_.contains(what); }
  bool is_well() const { return faults_.empty(); }
  // `what` is the only thing that could not be written: the folder itself can be.
  bool is_all_that_is_unsaved(const std::string& what) const { return faults_.size() == 1 && is_unsaved(what); }
  // Writes again what could not be written and is not written at intervals anyway.
  void retry();

  // What an operator should know: files set aside, a disk that cannot be written.
  std::vector<std::string> notices() const;

 private:
  struct Work {
    std::string path;
    health::SavedState state;
    int64_t at;
    Status written;
  };
  struct ObservationsWork {
    std::string path;
    std::vector<health::SavedCell> cells;
    int64_t at;
    Status written;
  };
  std::string path(const std::string& name) const { return state_dir_ + "/" + name; }
  std::optional<std::string> load(const char* name);
  void save(const std::string& name, const std::string& octets);

  std::string state_dir_;
  std::function<void()> failed_;
  std::vector<std::string> set_aside_;
  std::map<std::string, std::string> faults_;   // of the last write, by what was written; fine ones are not in it
  std::map<std::string, std::string> unsaved_;  // octets for retry(), by file name, which is its kind too
  loop::Background<Work> work_;
  loop::Background<ObservationsWork> observations_work_;
};

}  // namespace isochrone::node
