#include "probe/watch.h"

#include <algorithm>
#include <utility>

namespace isochrone::probe {

struct Watch::Handle {
  uv_poll_t poll;
  Ready ready;
};

Watch::Watch(uv_loop_t* loop, int fd, int events, Ready ready) : handle_(new Handle{{}, std::move(ready)}) {
  if (uv_poll_init(loop, &handle_->poll, fd) != 0) {
    delete std::exchange(handle_, nullptr);  // an init that failed left nothing in the loop
    return;
  }
  handle_->poll.data = handle_;
  want(events);
}

Watch::~Watch() {
  if (!handle_) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

void Watch::want(int events) {
  if (!handle_) return;
  uv_poll_start(&handle_->poll, events, [](uv_poll_t* poll, int status, int ready_for) {
    static_cast<Handle*>(poll->data)->ready(status < 0 ? UV_READABLE | UV_WRITABLE : ready_for);
  });
}

struct Timer::Handle {
  uv_timer_t timer;
  std::function<void()> fired;
};

Timer::Timer(uv_loop_t* loop, std::function<void()> fired) : handle_(new Handle{{}, std::move(fired)}) {
  uv_timer_init(loop, &handle_->timer);  // cannot fail
  handle_->timer.data = handle_;
}

Timer::~Timer() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
           [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

void Timer::arm(Duration delay) {
  using Milliseconds = std::chrono::milliseconds;
  const auto rounded = std::chrono::ceil<Milliseconds>(std::max(delay, Duration::zero()));
  // libuv counts from the start of this turn of the loop; a long turn would make the timer early.
  uv_update_time(handle_->timer.loop);
  uv_timer_start(
      &handle_->timer, [](uv_timer_t* timer) { static_cast<Handle*>(timer->data)->fired(); },
      static_cast<uint64_t>(rounded.count()), 0);
}

void Timer::stop() {
  uv_timer_stop(&handle_->timer);
}

}  // namespace isochrone::probe
