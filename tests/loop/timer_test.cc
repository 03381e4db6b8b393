#include "loop/timer.h"

#include <gtest/gtest.h>

#include <optional>

namespace isochrone::loop {

namespace {

// A loop, and timers on it whose firing is counted. No test asks how long anything takes.
class TimerTest : public testing::Test {
 protected:
  ~TimerTest() override {
    timer_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);  // the close callbacks
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "no handle is left behind";
  }

  uv_loop_t loop_{};
  const int made_ = uv_loop_init(&loop_);
  int fired_ = 0;
  std::optional<Timer> timer_{std::in_place, &loop_, [this] { ++fired_; }};
};

TEST_F(TimerTest, FiresOnceAndRunsNoMore) {
  timer_->once(1ms);
  EXPECT_TRUE(timer_->running());
  uv_run(&loop_, UV_RUN_DEFAULT);  // ends where nothing runs any more
  EXPECT_EQ(fired_, 1);
  EXPECT_FALSE(timer_->running());
}

TEST_F(TimerTest, FiresInTheNextTurnWhereTheTimeIsOver) {
  timer_->once(-5s);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerTest, FiresAgainAndAgainUntilItIsStopped) {
  timer_.emplace(&loop_, [this] {
    if (++fired_ == 3) timer_->stop();
  });
  timer_->every(1ms);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(fired_, 3);
}

TEST_F(TimerTest, WhatIsArmedLastCounts) {
  timer_->once(24h);
  timer_->once(1ms);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerTest, MayBeArmedFromWithin) {
  timer_.emplace(&loop_, [this] {
    if (++fired_ < 3) timer_->once(1ms);
  });
  timer_->once(1ms);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(fired_, 3);
}

TEST_F(TimerTest, OneThatIsGoneDoesNotFire) {
  timer_->once(1ms);
  timer_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(fired_, 0);
}

}  // namespace

}  // namespace isochrone::loop
