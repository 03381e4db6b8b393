#include "admin/threads.h"

#include <utility>

namespace isochrone::admin {

Threads::Threads(size_t count, std::function<void()> make_room) : make_room_(std::move(make_room)) {
  while (threads_.size() < count) threads_.emplace_back([this] { work(); });
}

void Threads::enqueue(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < threads_.size(); });
  waiting_.push_back(std::move(task));
  if (busy_ + waiting_.size() > threads_.size()) make_room_();
  changed_.notify_all();
}

void Threads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Threads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    if (!waiting_.empty() && busy_ == threads_.size()) make_room_();
    changed_.notify_all();
    lock.unlock();
    task();
    lock.lock();
    --busy_;
  }
}

}  // namespace isochrone::admin
