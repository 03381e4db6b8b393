#include "loop/timer.h"

#include <algorithm>
#include <utility>

namespace isochrone::loop {

namespace {

uint64_t milliseconds(Duration d) {
  return static_cast<uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(std::max(d, Duration::zero())).count());
}

}  // namespace

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

void Timer::start(Duration after, Duration period) {
  // libuv counts from the start of this turn of the loop; a long turn would make the timer early.
  uv_update_time(handle_->timer.loop);
  uv_timer_start(
      &handle_->timer, [](uv_timer_t* timer) { static_cast<Handle*>(timer->data)->fired(); }, milliseconds(after), milliseconds(period));
}

void Timer::stop() {
  uv_timer_stop(&handle_->timer);
}

bool Timer::running() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(&handle_->timer));
}

}  // namespace isochrone::loop
