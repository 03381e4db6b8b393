#include "one_try.h"

#include <gtest/gtest.h>

#include "loop/clock.h"
#include "loop/timer.h"

namespace isochrone::probe::testing {

TestLoop::TestLoop() {
  uv_loop_init(&loop_);
}

TestLoop::~TestLoop() {
  uv_run(&loop_, UV_RUN_DEFAULT);  // ends when every handle is closed: one that was forgotten would hang the test
  EXPECT_EQ(uv_loop_close(&loop_), 0);
}

void TestLoop::run_until(const std::function<bool()>& done) {
  const Time bound = loop::now() + 10s;
  loop::Timer* beat_of = nullptr;
  loop::Timer beat(&loop_, [&] { beat_of->once(5ms); });  // a turn of the loop must not wait for the next probe
  beat_of = &beat;
  beat.once(5ms);
  while (!done() && loop::now() < bound) uv_run(&loop_, UV_RUN_ONCE);
  ASSERT_TRUE(done()) << "nothing came within 10 s";
}

health::Target target_on_loopback(health::Kind kind, uint16_t port, Family family) {
  health::Target target;
  target.key = "target";
  target.address = *IpAddress::parse(family == Family::V4 ? "127.0.0.1" : "::1");
  target.spec.kind = kind;
  target.spec.port = port;
  target.spec.path = "/status";
  target.spec.timeout = 5s;
  return target;
}

std::shared_ptr<const health::Plan> plan_of(std::vector<health::Target> targets) {
  auto plan = std::make_shared<health::Plan>();
  for (health::Target& target : targets) {
    target.id = static_cast<health::TargetId>(plan->targets.size());
    plan->targets.push_back(std::move(target));
  }
  return plan;
}

health::Outcome one_try(health::Target target, ProberConfig config) {
  TestLoop loop;
  std::optional<health::Outcome> outcome;
  Prober prober(loop.get(), std::move(config), {[&](const health::Outcome& came) { outcome = came; }, {}});
  prober.set_plan(plan_of({std::move(target)}));
  prober.probe_now(0);
  loop.run_until([&] { return outcome.has_value(); });
  prober.close();
  return outcome.value_or(health::Outcome{});
}

}  // namespace isochrone::probe::testing
