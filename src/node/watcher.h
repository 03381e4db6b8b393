#pragma once
// Notices that files changed: inotify on their directories for speed, and a look at sizes and times every few seconds
// for file systems that do not tell. Several changes in a row are one.

#include <uv.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "loop/timer.h"

namespace isochrone::node {

class Watcher {
 public:
  // `changed` is called on the loop, some 150 ms after the last of a row of changes.
  Watcher(uv_loop_t* loop, std::function<void()> changed);
  ~Watcher();

  // From now on these; directories stand for what is directly in them. `read_since`: when their reading began; what may have
  // been written after that counts as a change, for the reader may have missed it.
  void watch(const std::vector<std::string>& paths, std::chrono::system_clock::time_point read_since);

 private:
  void touched();
  struct Look {
    std::string text;      // sizes and times of everything watched
    std::chrono::system_clock::time_point newest;  // when the youngest may have been written to last
  };
  Look look() const;

  uv_loop_t* loop_;
  loop::Timer settle_, poll_;
  std::vector<std::string> paths_;
  std::vector<uv_fs_event_t*> events_;  // freed by their close callbacks
  std::string seen_;
};

}  // namespace isochrone::node
