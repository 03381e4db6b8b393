#pragma once
// libuv's signal handle as a value, as loop/timer.h has its timer.

#include <uv.h>

#include <functional>

namespace isochrone::loop {

// Runs `fired` on the loop for each of the process's signals of one number.
class Signal {
 public:
  Signal(uv_loop_t* loop, int number, std::function<void()> fired);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

 private:
  struct Handle;
  Handle* handle_;
};

}  // namespace isochrone::loop
