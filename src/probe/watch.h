#pragma once
// libuv's poll and timer handles as values: destroying one stops it at once. The handle itself is freed in its close
// callback, one turn of the loop later, because the loop keeps a pointer until then. Loop's thread only.

#include <uv.h>

#include <functional>

#include "util/duration.h"

namespace isochrone::probe {

// Readiness of one descriptor, which must stay open while it is watched and may be closed right afterwards.
class Watch {
 public:
  using Ready = std::function<void(int events)>;  // UV_READABLE | UV_WRITABLE; an error on the descriptor is both

  Watch(uv_loop_t* loop, int fd, int events, Ready ready);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // False where the kernel refused (too many watches): nothing will ever be reported.
  bool works() const { return handle_ != nullptr; }
  void want(int events);

 private:
  struct Handle;
  Handle* handle_;
};

class Timer {
 public:
  Timer(uv_loop_t* loop, std::function<void()> fired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Once, after `delay` rounded up to a millisecond; replaces what was armed before.
  void arm(Duration delay);
  void stop();

 private:
  struct Handle;
  Handle* handle_;
};

}  // namespace isochrone::probe
