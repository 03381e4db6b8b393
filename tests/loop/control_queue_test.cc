#include "loop/control_queue.h"

#include <thread>

#include <gtest/gtest.h>

namespace isochrone::loop {
namespace {

TEST(ControlQueue, CallsRunOnTheLoopsThreadAndComeBack) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  ControlQueue queue(&loop);
  const auto loop_thread = std::this_thread::get_id();
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  std::atomic<int> done{0};
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i)
        right += queue.call([&, i] { return std::this_thread::get_id() == loop_thread ? t * 1000 + i : -1; }) == t * 1000 + i;
      if (++done == 4) queue.post([&] { uv_stop(&loop); });
    });
  uv_run(&loop, UV_RUN_DEFAULT);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, 400);
  queue.close();
  EXPECT_FALSE(queue.post([] {}));
  EXPECT_EQ(queue.call([] { return 1; }), std::nullopt);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

}  // namespace
}  // namespace isochrone::loop
