// The schedule under a clock of our own: no test waits.

#include "probe/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace isochrone::probe {
namespace {

const Time kStart{1h};

// Runs a schedule: time jumps from event to event, and a try ends `takes` after its start, or at its time-out.
struct World {
  Schedule schedule;
  Time now = kStart;
  Duration takes;
  std::function<Duration(Schedule::Slot)> pace;
  std::map<Schedule::Slot, std::vector<Time>> starts;
  std::multimap<Time, Schedule::Slot> ends;
  int most_under_way = 0;

  World(int room, Duration takes) : schedule(7, room), takes(takes) {}

  void run(Duration length) {
    const Time stop = now + length;
    while (true) {
      while (!ends.empty() && ends.begin()->first <= now) {
        finish(ends.begin()->second);
        ends.erase(ends.begin());
      }
      while (const auto slot = schedule.find_expired(now)) finish(*slot);
      while (const auto slot = schedule.start_next(now)) {
        starts[*slot].push_back(now);
        ends.emplace(now + takes, *slot);
      }
      most_under_way = std::max(most_under_way, schedule.under_way());
      Time next = stop;
      if (const auto event = schedule.next_event()) next = std::min(next, *event);
      if (!ends.empty()) next = std::min(next, ends.begin()->first);
      if (next >= stop) break;
      now = std::max(next, now);
    }
    now = stop;
  }
  void finish(Schedule::Slot slot) { schedule.finish(slot, now, pace(slot)); }
};

Duration shortest_gap(const std::vector<Time>& starts) {
  Duration least = Duration::max();
  for (size_t i = 1; i < starts.size(); ++i) least = std::min<Duration>(least, starts[i] - starts[i - 1]);
  return least;
}

Duration longest_gap(const std::vector<Time>& starts) {
  Duration most{};
  for (size_t i = 1; i < starts.size(); ++i) most = std::max<Duration>(most, starts[i] - starts[i - 1]);
  return most;
}

World thousand(int room, Duration takes) {
  World world(room, takes);
  world.pace = [](Schedule::Slot) { return 5s; };
  for (Schedule::Slot slot = 0; slot < 1000; ++slot) world.schedule.add(slot, world.now, {5s, 2s, 1});
  return world;
}

TEST(Schedule, FirstTriesAreSpreadOverTheInterval) {
  World world = thousand(1000, 1ms);
  world.run(5s);
  ASSERT_EQ(world.starts.size(), 1000u);
  std::vector<int> tenths(10);
  for (const auto& [slot, starts] : world.starts) ++tenths[static_cast<size_t>((starts[0] - kStart) / 500ms)];
  for (const int n : tenths) EXPECT_NEAR(n, 100, 40);
}

TEST(Schedule, TriesComeWithinTenPercentOfTheInterval) {
  World world = thousand(1000, 1ms);
  world.run(10min);
  Duration least = Duration::max(), most{};
  for (const auto& [slot, starts] : world.starts) {
    least = std::min(least, shortest_gap(starts));
    most = std::max(most, longest_gap(starts));
  }
  EXPECT_GE(least, 4500ms);
  EXPECT_LE(most, 5500ms);
  EXPECT_LT(least, 4510ms);  // the jitter is used
  EXPECT_GT(most, 5490ms);
}

TEST(Schedule, TargetsThatWereInStepFallOutOfStep) {
  World world(1000, 1ms);
  world.pace = [](Schedule::Slot) { return 5s; };
  for (Schedule::Slot slot = 0; slot < 1000; ++slot) {
    world.schedule.add(slot, world.now, {5s, 2s, 1});
    world.schedule.hurry(slot, world.now);
  }
  world.run(5min);
  std::map<int64_t, int> per_second;
  for (const auto& [slot, starts] : world.starts)
    for (const Time start : starts)
      if (start > kStart + 4min) ++per_second[(start - kStart) / 1s];
  for (const auto& [second, n] : per_second) EXPECT_NEAR(n, 200, 80) << second;
}

TEST(Schedule, KeepsItsPaceWhenAllTimeOut) {
  World world = thousand(1000, 1h);
  world.run(5min);
  for (const auto& [slot, starts] : world.starts) {
    EXPECT_GE(starts.size(), 54u);  // 300 s / 5.5 s
    EXPECT_LE(longest_gap(starts), 5500ms);
  }
  EXPECT_NEAR(world.most_under_way, 400, 80);  // 1000 × 2 s / 5 s
}

TEST(Schedule, TooLittleRoomSlowsAllAlike) {
  World world = thousand(100, 1h);  // room for 50 starts a second, 200 wanted
  world.run(10min);
  EXPECT_EQ(world.most_under_way, 100);
  size_t least = SIZE_MAX, most = 0;
  for (const auto& [slot, starts] : world.starts) {
    least = std::min(least, starts.size());
    most = std::max(most, starts.size());
  }
  EXPECT_GE(least, 28u);  // 600 s × 50 / 1000 = 30
  EXPECT_LE(most, 32u);
}

TEST(Schedule, RechecksAreQuickAndNeverLate) {
  World world(10, 20ms);
  world.pace = [](Schedule::Slot) { return 500ms; };
  world.schedule.add(0, world.now, {5s, 2s, 1});
  world.run(1min);
  EXPECT_GE(shortest_gap(world.starts[0]), 400ms);
  EXPECT_LE(longest_gap(world.starts[0]), 500ms);
}

TEST(Schedule, ARecheckAfterATimeOutComesAtOnce) {
  World world(10, 1h);
  world.pace = [](Schedule::Slot) { return 500ms; };
  world.schedule.add(0, world.now, {5s, 2s, 1});
  world.run(1min);
  EXPECT_EQ(shortest_gap(world.starts[0]), 2s);
  EXPECT_EQ(longest_gap(world.starts[0]), 2s);
}

TEST(Schedule, RemovedWhileUnderWayGivesItsRoomBack) {
  Schedule schedule(7, 1);
  schedule.add(0, kStart, {5s, 2s, 1});
  schedule.add(1, kStart, {5s, 2s, 1});
  schedule.hurry(0, kStart);
  schedule.hurry(1, kStart);
  EXPECT_EQ(schedule.start_next(kStart), 0u);
  EXPECT_EQ(schedule.start_next(kStart), std::nullopt);
  schedule.remove(0);
  EXPECT_EQ(schedule.start_next(kStart), 1u);
  EXPECT_EQ(schedule.find_expired(kStart + 1999ms), std::nullopt);
  EXPECT_EQ(schedule.find_expired(kStart + 2s), 1u);
}

TEST(Schedule, AShorterIntervalTakesEffectAtOnce) {
  Schedule schedule(7, 1);
  schedule.add(0, kStart, {1h, 2s, 1});
  schedule.change(0, kStart, {1s, 500ms, 1});
  EXPECT_LE(*schedule.next_event(), kStart + 1s);
}

TEST(Schedule, WhatNeedsMoreRoomIsNotOvertakenForEver) {
  Schedule schedule(7, 4);
  schedule.add(0, kStart, {5s, 2s, 1});
  schedule.hurry(0, kStart);
  ASSERT_EQ(schedule.start_next(kStart), 0u);
  schedule.add(1, kStart, {5s, 2s, 4});
  schedule.add(2, kStart, {5s, 2s, 1});
  schedule.hurry(1, kStart + 1ms);
  schedule.hurry(2, kStart + 2ms);
  EXPECT_EQ(schedule.start_next(kStart + 2ms), std::nullopt);  // 1 waits for 0, and 2 behind it
  schedule.finish(0, kStart + 3ms, 5s);
  EXPECT_EQ(schedule.start_next(kStart + 3ms), 1u);
  EXPECT_EQ(schedule.lag(kStart + 12ms), 10ms);
}

}  // namespace
}  // namespace isochrone::probe
