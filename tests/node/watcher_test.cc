#include "node/watcher.h"

#include <gtest/gtest.h>

#include "../util/folder.h"
#include "loop/clock.h"
#include "loop/timer.h"

namespace isochrone::node {
namespace {

// Runs the loop until `done` or five seconds are over.
template <typename F>
bool run_until(uv_loop_t& loop, F done) {
  const Time end = loop::now() + 5s;
  loop::Timer beat(&loop, [] {});
  beat.every(5ms);
  while (!done() && loop::now() < end) uv_run(&loop, UV_RUN_ONCE);
  return done();
}

class WatcherTest : public ::testing::Test {
 protected:
  void SetUp() override { uv_loop_init(&loop_); }
  void TearDown() override {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  uv_loop_t loop_;
  Folder folder_;
};

// Long after now: what was written before the watch began is old.
const auto kNothingMissed = std::chrono::system_clock::now() + 1000s;

TEST_F(WatcherTest, AWriteARenameAndANewFileAreSeen) {
  int changes = 0;
  Watcher watcher(&loop_, [&] { changes++; });
  const std::string file = folder_.write("a.yaml", "1");
  watcher.watch({file, folder_.path()}, kNothingMissed);
  folder_.write("a.yaml", "22");
  EXPECT_TRUE(run_until(loop_, [&] { return changes == 1; }));
  folder_.write("a.new", "333");
  std::filesystem::rename(folder_ / "a.new", file);
  EXPECT_TRUE(run_until(loop_, [&] { return changes == 2; }));
  folder_.write("b.yaml", "1");
  EXPECT_TRUE(run_until(loop_, [&] { return changes == 3; }));
}

TEST_F(WatcherTest, ARowOfWritesIsOneChange) {
  int changes = 0;
  Watcher watcher(&loop_, [&] { changes++; });
  const std::string file = folder_.write("a.yaml", "");
  watcher.watch({file}, kNothingMissed);
  for (int i = 0; i < 50; ++i) folder_.write("a.yaml", std::string(static_cast<size_t>(i), 'x'));
  EXPECT_TRUE(run_until(loop_, [&] { return changes >= 1; }));
  EXPECT_EQ(changes, 1);
}

TEST_F(WatcherTest, WhatChangedWhileItWasReadIsSeen) {
  int changes = 0;
  Watcher watcher(&loop_, [&] { changes++; });
  watcher.watch({folder_.write("a.yaml", "1")}, std::chrono::system_clock::now() - 10s);
  EXPECT_TRUE(run_until(loop_, [&] { return changes == 1; }));
}

}  // namespace
}  // namespace isochrone::node
