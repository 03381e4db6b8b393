#pragma once
// How other threads reach the control thread: they post a function and may wait for its value.

#include <uv.h>

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "util/duration.h"

namespace isochrone::loop {

class ControlQueue {
 public:
  // Made and closed on the loop's thread.
  explicit ControlQueue(uv_loop_t* loop) : async_(new uv_async_t) {
    uv_async_init(loop, async_, [](uv_async_t* async) { static_cast<ControlQueue*>(async->data)->drain(); });
    async_->data = this;
  }
  ControlQueue(const ControlQueue&) = delete;

  // Any thread. False once the queue is closed; then `task` is not run.
  bool post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (!async_) return false;
    tasks_.push_back(std::move(task));
    uv_async_send(async_);
    return true;
  }

  // Any thread but the loop's. Runs `ask` on the loop's thread and waits; nullopt where the queue is closed or the
  // loop does not come to it within `patience` (it then may still run later).
  template <typename F>
  auto call(F ask, Duration patience = 10s) -> std::optional<decltype(ask())> {
    auto promise = std::make_shared<std::promise<decltype(ask())>>();
    auto value = promise->get_future();
    if (!post([promise, ask = std::move(ask)]() mutable { promise->set_value(ask()); })) return std::nullopt;
    if (value.wait_for(patience) != std::future_status::ready) return std::nullopt;
    return value.get();
  }

  // Loop's thread. Waiting callers are answered first; later ones get nullopt.
  void close() {
    drain();
    uv_async_t* async;
    {
      const std::lock_guard lock(mutex_);
      async = std::exchange(async_, nullptr);
    }
    drain();
    if (async) uv_close(reinterpret_cast<uv_handle_t*>(async), [](uv_handle_t* h) { delete reinterpret_cast<uv_async_t*>(h); });
  }

 private:
  void drain() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
  }

  std::mutex mutex_;  // guards the two below
  uv_async_t* async_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace isochrone::loop
