// Relief of a loaded gateway in simulated time: networks that ask again when their TTL is over, and what they leave of its load.

#include "health/load_relief.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "steer/hash.h"
#include "steer/shedding.h"

namespace isochrone::health {
namespace {

constexpr Duration kTtl = 30s, kInterval = 5s;
const Time kStart = Time() + 1h;

// Five hundred networks that are nearest to one gateway; each loses something by going to its next one.
class Clients {
 public:
  explicit Clients(const std::function<Duration(double)>& loses) {
    for (int i = 0; i < 500; ++i) networks_.push_back({loses((i + 0.5) / 500), steer::mix(static_cast<uint64_t>(i) + 1), true});
  }

  // Those whose answer is over at `now` ask again.
  void ask(Time now, Duration relief) {
    const auto turn = static_cast<size_t>((now - kStart) / kInterval);
    constexpr size_t kTurns = kTtl / kInterval;
    for (size_t i = turn % kTurns; i < networks_.size(); i += kTurns)
      networks_[i].here = relief == Duration::zero() || !steer::is_relieved(networks_[i].drawn, "west", networks_[i].loses, relief);
  }
  double here() const {
    return static_cast<double>(std::ranges::count_if(networks_, [](auto& n) { return n.here; })) / static_cast<double>(networks_.size());
  }
  // The most that one loses which has left, and the least of one that has not.
  std::pair<Duration, Duration> border() const {
    std::pair<Duration, Duration> border{Duration::zero(), Duration::max()};
    for (const Network& network : networks_)
      if (network.here) border.second = std::min(border.second, network.loses);
      else border.first = std::max(border.first, network.loses);
    return border;
  }

 private:
  struct Network {
    Duration loses;
    uint64_t drawn;
    bool here;
  };
  std::vector<Network> networks_;
};

struct Story {
  explicit Story(Duration (*loses)(double)) : clients(loses) {}

  LoadRelief relief;
  Clients clients;
  Time now = kStart;
  std::mt19937 random{7};
  int changes = 0;
  double least = 10, most = 0;

  // All of the clients together make a load of `demand`; its figures are off by some `noise`.
  void pass(Duration time, double demand, double noise = 0) {
    changes = 0;
    least = 10, most = 0;
    for (const Time end = now + time; now < end; now += kInterval) {
      clients.ask(now, relief.relief());
      const double load = demand * clients.here();
      least = std::min(least, load);
      most = std::max(most, load);
      changes += relief.add(load * (1 + noise * (std::uniform_real_distribution(-1.0, 1.0)(random))), now, kTtl);
    }
  }
};

struct Population {
  const char* name;
  Duration (*loses)(double);
};
const Population kPopulations[] = {
    {"all the same", [](double) { return Duration(20ms); }},
    {"nothing at all", [](double) { return Duration(0ms); }},
    {"evenly up to 100 ms", [](double x) { return std::chrono::duration_cast<Duration>(100ms * x); }},
    {"a near half and a far one", [](double x) { return x < 0.5 ? Duration(3ms) : Duration(180ms); }},
    {"few near ones", [](double x) { return x < 0.1 ? Duration(3ms) : Duration(80ms); }},
    {"a long tail", [](double x) { return std::chrono::duration_cast<Duration>(-20ms * std::log(1 - x)); }},
};

TEST(LoadRelief, BringsTheLoadUnderItsLimitAndKeepsItThere) {
  for (const Population& population : kPopulations)
    for (const double demand : {1.1, 1.3, 1.8}) {
      SCOPED_TRACE(testing::Message() << population.name << ", " << demand);
      Story run(population.loses);
      run.pass(20min, demand);
      run.pass(40min, demand);
      EXPECT_LE(run.most, 1.0);
      EXPECT_GE(run.least, 0.8) << "no more than needed";
      EXPECT_LE(run.changes, 1) << "nothing flaps";
    }
}

TEST(LoadRelief, NetworksComeBackWhenTheLoadFalls) {
  for (const Population& population : kPopulations) {
    SCOPED_TRACE(population.name);
    Story run(population.loses);
    run.pass(1h, 1.4);
    EXPECT_LT(run.clients.here(), 1);
    run.pass(1h, 0.6);
    EXPECT_EQ(run.relief.relief(), Duration::zero());
    EXPECT_EQ(run.clients.here(), 1);
    EXPECT_LE(run.most, 1.4);
  }
}

TEST(LoadRelief, ADayThatRisesAndFallsIsFollowed) {
  Story run(kPopulations[2].loses);
  double worst = 0;
  int changes = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    run.pass(1min, 0.9 + 0.4 * std::sin(minute / 1440.0 * 2 * M_PI), 0.02);
    if (minute > 60) worst = std::max(worst, run.most);
    changes += run.changes;
  }
  EXPECT_LT(worst, 1.1);
  EXPECT_LT(changes, 200);
}

TEST(LoadRelief, NoiseIsNoReasonToFlap) {
  for (const Population& population : kPopulations) {
    SCOPED_TRACE(population.name);
    Story run(population.loses);
    run.pass(1h, 1.3, 0.03);
    run.pass(1h, 1.3, 0.03);
    EXPECT_LE(run.most, 1.02);
    EXPECT_LE(run.changes, 4);
  }
}

TEST(LoadRelief, TheCheapestGoFirst) {
  Story run(kPopulations[2].loses);
  run.pass(1h, 1.3);
  const auto [left, stayed] = run.clients.border();
  EXPECT_LT(left, run.relief.relief());
  EXPECT_GT(stayed, run.relief.relief() / 2 - 3ms) << "whoever loses less than half of it has left";
}

TEST(LoadRelief, WhatIsNoFigureChangesNothing) {
  LoadRelief relief;
  Time at = kStart;
  for (const double figure : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1.0, 1e12})
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(relief.add(figure, at += kInterval, kTtl));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(relief.add(2, at, kTtl)) << "the same figure again";
  EXPECT_EQ(relief.relief(), Duration::zero());
}

TEST(LoadRelief, ALoneSpikeIsNoLoad) {
  LoadRelief relief;
  Time at = kStart;
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(relief.add(i % 3 == 0 ? 5 : 0.5, at += kInterval, kTtl));
  EXPECT_EQ(relief.relief(), Duration::zero());
}

TEST(LoadRelief, GoesOnAfterARestartFromWhereItStood) {
  LoadRelief before;
  Time at = kStart;
  for (int i = 0; i < 30; ++i) before.add(1.5, at += kInterval, 0s);
  ASSERT_GT(before.level(), 0);
  EXPECT_EQ(before.last(), at);

  LoadRelief after;
  after.restore(before.level(), before.last(), at + kTtl);
  EXPECT_EQ(after.relief(), before.relief());
  EXPECT_EQ(after.last(), at);
  EXPECT_FALSE(after.add(2, at, 0s)) << "a figure that it had";
  const Time deaf_until = at + kTtl;
  while (at + kInterval < deaf_until) EXPECT_FALSE(after.add(2, at += kInterval, 0s)) << "what clients hold is not seen yet";
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(after.add(2, at += kInterval, 0s));
  EXPECT_TRUE(after.add(2, at += kInterval, 0s));
  EXPECT_EQ(after.level(), before.level() + 1);
}

TEST(LoadRelief, ItHasAnEnd) {
  LoadRelief relief;
  Time at = kStart;
  for (int i = 0; i < 1000; ++i) relief.add(5, at += kInterval, 0s);
  EXPECT_GT(relief.relief(), 3s);
  EXPECT_LT(relief.relief(), 5s);
  const Duration most = relief.relief();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(relief.add(5, at += kInterval, 0s));
  EXPECT_EQ(relief.relief(), most);
}

}  // namespace
}  // namespace isochrone::health
