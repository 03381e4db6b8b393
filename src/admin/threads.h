#pragma once
// The threads that requests are answered by. httplib's own pool takes any number of connections in and lets them wait,
// each with its descriptor; this one takes a few, and leaves the others where the kernel keeps those not accepted.

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace isochrone::admin {

class Threads : public httplib::TaskQueue {
 public:
  // At most `count` connections are answered and as many wait. `make_room` is called for each that has to wait, by any thread; it
  // calls nothing of this.
  Threads(size_t count, std::function<void()> make_room);

  // Waits while too many do.
  void enqueue(std::function<void()> task) override;
  // Comes back when every task is done; none is enqueued afterwards.
  void shutdown() override;

 private:
  void work();

  const std::function<void()> make_room_;
  std::mutex mutex_;  // guards the three below
  std::deque<std::function<void()>> waiting_;
  size_t busy_ = 0;  // threads
  bool ending_ = false;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace isochrone::admin
