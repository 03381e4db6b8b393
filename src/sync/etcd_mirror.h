#pragma once
// All keys below a prefix as etcd has them, kept up to date: read once, then watched from there on. Loop's thread.
//
//   range ─► all() ─► watch ─► changed(), changed(), … ─► lost(): trouble ─► wait ─► range ─► all() …
//
// Values are last states, so after any break everything is read again: nothing is missed, whatever was compacted.

#include <uv.h>

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "loop/timer.h"
#include "sync/etcd.h"
#include "sync/etcd_json.h"

namespace isochrone::sync {

struct MirrorCallbacks {
  std::function<void(const std::vector<KeyValue>& keys)> all;      // every key there is
  std::function<void(const WatchEvent& event)> changed;
  std::function<void(const std::string& why)> lost;                // until the next all(): said for each try that failed
};

class EtcdMirror {
 public:
  // Starts at once. `etcd` outlives it and has no other stream.
  EtcdMirror(uv_loop_t* loop, Etcd& etcd, std::string prefix, MirrorCallbacks callbacks);

  // A watch at a member that lost its leader stays open and says nothing: who knows better calls this. Not from a callback.
  void begin_again(const std::string& why);
  // Of the whole store, as far as it has been told here.
  int64_t revision() const { return revision_; }
  // What all() was told last is older than what had been told before: a backup was put back.
  bool went_back() const { return went_back_; }

 private:
  void read();
  void watch(int64_t from);
  void take(const nlohmann::json& line);
  void fall_back(const std::string& why);

  Etcd& etcd_;
  std::string prefix_;
  MirrorCallbacks callbacks_;
  std::minstd_rand random_;
  Duration wait_;
  int64_t revision_ = 0;
  bool current_ = false, went_back_ = false;
  bool reading_ = false;
  loop::Timer again_;
};

}  // namespace isochrone::sync
