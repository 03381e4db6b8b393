#pragma once
// Simulated time: what is to happen, when, and the one source of chance. Equal seeds give equal histories.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "util/duration.h"

namespace isochrone::sim {

class Scheduler {
 public:
  explicit Scheduler(uint64_t seed) : random_(seed) {}

  Time now() const { return now_; }
  int64_t unix_now() const { return 1'800'000'000 + std::chrono::duration_cast<std::chrono::seconds>(now_ - Time()).count(); }
  uint64_t steps() const { return steps_; }

  void after(Duration delay, std::function<void()> what) {
    events_.push_back({now_ + std::max(delay, Duration::zero()), ++order_, std::move(what)});
    std::push_heap(events_.begin(), events_.end());
  }
  // The next thing that happens; things of one time in the order in which they were asked for.
  void step() {
    std::pop_heap(events_.begin(), events_.end());
    const Event event = std::move(events_.back());
    events_.pop_back();
    now_ = event.at;
    ++steps_;
    event.what();
  }

  bool chance(double probability) { return uniform() < probability; }
  size_t pick(size_t count) { return random_() % count; }
  Duration between(Duration least, Duration most) {
    return least + std::chrono::duration_cast<Duration>((most - least) * uniform());
  }

 private:
  struct Event {
    Time at;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& o) const { return at != o.at ? at > o.at : order > o.order; }  // a heap has the largest in front
  };
  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
  Time now_ = Time() + 24h;
  uint64_t steps_ = 0, order_ = 0;
  std::vector<Event> events_;
};

}  // namespace isochrone::sim
