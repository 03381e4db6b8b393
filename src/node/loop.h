#pragma once
// libuv in RAII: handles are closed where their owner ends, and freed in libuv's own close callback (the loop keeps a
// pointer until then). One thread, that of the loop.

#include <uv.h>

#include <functional>
#include <memory>

#include "util/duration.h"

namespace isochrone::node {

// A repeating or single timer.
class Timer {
 public:
  Timer(uv_loop_t* loop, std::function<void()> fire) : handle_(new Handle{{}, std::move(fire)}) {
    uv_timer_init(loop, &handle_->timer);
    handle_->timer.data = handle_;
  }
  ~Timer() {
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Starts anew, whether running or not. Resolution 1 ms, rounded up.
  void once(Duration after) { start(after, 0); }
  void every(Duration period) { start(period, milliseconds(period)); }
  void stop() { uv_timer_stop(&handle_->timer); }
  bool running() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(&handle_->timer)); }

 private:
  struct Handle {
    uv_timer_t timer;
    std::function<void()> fire;
  };
  static uint64_t milliseconds(Duration d) {
    return static_cast<uint64_t>(std::max<int64_t>(0, (d.count() + 999'999) / 1'000'000));
  }
  void start(Duration after, uint64_t repeat) {
    uv_timer_start(&handle_->timer, [](uv_timer_t* timer) { static_cast<Handle*>(timer->data)->fire(); },
                   milliseconds(after), repeat);
  }
  Handle* handle_;  // freed by the close callback
};

// Runs `fire` on the loop for each of a process's signals of one number.
class Signal {
 public:
  Signal(uv_loop_t* loop, int number, std::function<void()> fire) : handle_(new Handle{{}, std::move(fire)}) {
    uv_signal_init(loop, &handle_->signal);
    handle_->signal.data = handle_;
    uv_signal_start(&handle_->signal,
                    [](uv_signal_t* signal, int) { static_cast<Handle*>(signal->data)->fire(); }, number);
  }
  ~Signal() {
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->signal),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

 private:
  struct Handle {
    uv_signal_t signal;
    std::function<void()> fire;
  };
  Handle* handle_;  // freed by the close callback
};

}  // namespace isochrone::node
