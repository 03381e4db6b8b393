#pragma once
// libuv's poll handle as a value, as loop/timer.h has its timer.

#include <uv.h>

#include <functional>

namespace isochrone::loop {

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

}  // namespace isochrone::loop
