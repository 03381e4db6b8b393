#include "admin/threads.h"

#include <atomic>
#include <future>
#include <memory>

#include <gtest/gtest.h>

namespace isochrone::admin {
namespace {

TEST(Threads, RoomIsMadeForWhoWouldHaveToWait) {
  std::promise<void> over;
  const std::shared_future<void> end = over.get_future().share();
  std::atomic<int> asked = 0, begun = 0;
  Threads threads(4, [&] { ++asked; });
  const auto hold = [&] { threads.enqueue([&, end] {
    if (++begun == 4) begun.notify_all();
    end.wait();
  }); };
  for (int i = 0; i < 4; ++i) hold();
  for (int now = begun; now < 4; now = begun) begun.wait(now);
  EXPECT_EQ(asked, 0);
  for (int waiting = 1; waiting <= 3; ++waiting) {
    hold();
    EXPECT_EQ(asked, waiting);
  }
  over.set_value();
  threads.shutdown();
  EXPECT_EQ(begun, 7);
}

// It ends somebody, who lets a thread go, which takes the next; and so on while others wait.
TEST(Threads, EachThatWaitsIsReachedByAskingForRoom) {
  std::array<std::promise<void>, 16> ends;
  std::atomic<size_t> ended = 0;
  std::atomic<int> begun = 0;
  Threads threads(4, [&] {
    if (ended < ends.size()) ends[ended++].set_value();
  });
  for (std::promise<void>& end : ends)
    threads.enqueue([&] {
      ++begun;
      begun.notify_all();
      end.get_future().wait();
    });
  for (int now = begun; now < 16; now = begun) begun.wait(now);
  while (ended < ends.size()) ends[ended++].set_value();
  threads.shutdown();
}

}  // namespace
}  // namespace isochrone::admin
