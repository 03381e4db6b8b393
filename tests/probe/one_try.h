#pragma once
// A real Prober on a loop of its own, run until something has come or ten seconds have passed.

#include <functional>

#include "probe/prober.h"

namespace isochrone::probe::testing {

// A loop with a bound: run() returns when `done` says so, and fails the test after ten seconds.
class TestLoop {
 public:
  TestLoop();
  ~TestLoop();  // runs what is left of closing handles
  uv_loop_t* get() { return &loop_; }
  void run_until(const std::function<bool()>& done);

 private:
  uv_loop_t loop_;
};

health::Target target_on_loopback(health::Kind kind, uint16_t port, Family family = Family::V4);

// Tries `target` once.
health::Outcome one_try(health::Target target, ProberConfig config = {});

std::shared_ptr<const health::Plan> plan_of(std::vector<health::Target> targets);

}  // namespace isochrone::probe::testing
