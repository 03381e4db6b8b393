#pragma once
// libuv's timer as a value: destroying one stops it at once. The handle itself is freed in its close callback, one turn of the
// loop later, because the loop keeps a pointer until then. Loop's thread only.

#include <uv.h>

#include <functional>

#include "util/duration.h"

namespace isochrone::loop {

class Timer {
 public:
  Timer(uv_loop_t* loop, std::function<void()> fired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Each replaces what was armed before. Rounded up to a millisecond; what is negative fires in the loop's next turn.
  void once(Duration after) { start(after, Duration::zero()); }
  void every(Duration period) { start(period, period); }
  void stop();
  bool running() const;

 private:
  struct Handle;
  void start(Duration after, Duration period);

  Handle* handle_;
};

}  // namespace isochrone::loop
