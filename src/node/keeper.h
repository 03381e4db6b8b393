#pragma once
// What must survive a restart, in the `state` folder: health, drains, serials. A disk that is full or read-only is
// said once, counted, and tried again; a corrupt file is set aside and the node starts without it. Control thread.

#include <uv.h>

#include <functional>
#include <string>
#include <vector>

#include "health/report.h"
#include "node/drains.h"
#include "node/serials.h"

namespace isochrone::node {

class Keeper {
 public:
  // `failed` is called on the loop for each write that failed.
  Keeper(uv_loop_t* loop, std::string state_dir, std::function<void()> failed);
  ~Keeper();
  Keeper(const Keeper&) = delete;

  // Makes the folder, mode 0750, and proves that it can be written. An Error says what is wrong with it.
  Status prepare();

  Drains load_drains();
  Serials load_serials();
  struct Health {
    health::SavedState state;
    Duration downtime{};               // since it was saved, by the wall clock
  };
  std::optional<Health> load_health();

  void save_drains(const Drains& drains);
  void save_serials(const Serials& serials);
  // Written by the thread pool; a call while the last write runs is dropped (the next comes soon).
  void save_health_soon(health::SavedState state);
  void save_health_now(const health::SavedState& state);

  // What an operator should know: files set aside, a disk that cannot be written.
  std::vector<std::string> notices() const;

 private:
  struct Work;
  std::string path(const char* name) const { return state_dir_ + "/" + name; }
  std::optional<std::string> load(const char* name, const char* kind);
  void save(const char* name, const char* kind, const std::string& octets);
  void judge(const Status& written);

  uv_loop_t* loop_;
  std::string state_dir_;
  std::function<void()> failed_;
  std::vector<std::string> set_aside_;
  std::string write_fault_;            // of the last write; empty: it was fine
  Work* work_ = nullptr;               // owned by the thread pool while it runs
};

}  // namespace isochrone::node
