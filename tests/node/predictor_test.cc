// What gateways see teaches the prediction: whom it moves, what is left out, and that nothing of it goes round.

#include "node/predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "node/observatory.h"
#include "util/duration.h"

namespace isochrone::node {
namespace {

using steer::RegionId;

Prefix prefix(const std::string& text) { return *Prefix::parse(text); }

// A country in the west has been measured: its cables to the near south go by way of the far north. Of another one, far
// to the east, nobody has measured anything, but gateways see clients there.
class Predictions : public testing::Test {
 protected:
  Predictions() {
    auto world = std::make_shared<config::World>();
    world->regions = {{"south", true, 0, 0}, {"north", true, 50, 0}, {"east", true, 20, 60}};
    world->places = {{14, 1}, {16, 3}, {18, 0}, {20, 2}, {17, 5}, {15, -2}, {16, 40}, {16, 40.5}};
    world->steering.dwell = 0ms;
    world->steering.margin = 1ms;
    world->steering.correction = 400ms;
    steer::LatencyMapBuilder builder(3);
    for (uint32_t i = 0; i < 6; ++i) {
      const std::pair<RegionId, Duration> cells[] = {{0, (150 + i) * 1ms}, {1, (60 + i) * 1ms}, {2, (110 + i) * 1ms}};
      builder.add_row(network(i), cells, 0);
    }
    for (uint32_t i = 0; i < 8; ++i) builder.add_surroundings(network(i), {.place = i});
    builder.add_surroundings(prefix("203.0.9.0/25"), {.place = 6});
    world->map = std::move(builder).build(8, true);
    world_ = std::move(world);
    steering_.regions = std::make_shared<const std::vector<steer::Region>>(world_->regions);
    steering_.map = world_->map;
    ledger_.configure(world_->regions, world_->steering);
  }

  static Prefix network(uint32_t i) { return prefix("203.0." + std::to_string(i) + ".0/24"); }
  static constexpr uint32_t kSeen = 6, kNeighbour = 7;

  void see(const Prefix& at, RegionId region, Duration rtt, uint32_t samples = 1000) {
    const health::Observation seen{at, samples, rtt, 1ms, rtt, 0s};
    ledger_.take(region, {&seen, 1}, now_);
  }
  PredictionInput input() const {
    return {world_, steering_.regions, std::make_shared<const std::vector<std::string>>(), {}, {}, ledger_.lessons(), ledger_.lessons_number()};
  }
  void settle() {
    auto networks = ledger_.networks();
    steering_.map = woven(*world_, networks.list);
    ledger_.woven(networks.number);
    auto rows = ledger_.settle(steering_, SIZE_MAX, now_, 1'000'000);
    steering_.rows_v4.observed = steer::Observed::with(steering_.rows_v4.observed.get(), std::move(rows[0]));
  }
  static double ms(const steer::Predicted& predicted, uint32_t place, RegionId region) {
    const steer::RowView row = predicted.row(place);
    for (size_t i = 0; i < row.order.size(); ++i)
      if (row.order[i] == region) return to_milliseconds(row.held[i].value());
    return -1;
  }
  static std::vector<double> all(const steer::Predicted& predicted) {
    std::vector<double> out;
    for (uint32_t place = 0; place < 8; ++place)
      for (RegionId r = 0; r < 3; ++r) out.push_back(ms(predicted, place, r));
    return out;
  }

  std::shared_ptr<const config::World> world_;
  steer::Steering steering_;
  health::Ledger ledger_;
  Time now_ = Time(std::chrono::hours(100));
};

TEST_F(Predictions, NeighboursOfASeenNetworkFollowIt) {
  const auto before = predict_rows(input());
  ASSERT_EQ(before.report.fallback, predict::Fallback::None);
  ASSERT_EQ(before.rows->row(kNeighbour).order[0], 1) << "north";
  // 25 ms of access; the way north is by far the longer one.
  see(network(kSeen), 1, 205ms), see(network(kSeen), 2, 95ms);
  const auto after = predict_rows(input());
  EXPECT_EQ(after.report.teaching, predict::Teaching::Taken);
  EXPECT_EQ(after.rows->row(kNeighbour).order[0], 2) << "east";
  EXPECT_EQ(after.rows->observations, before.rows->observations + 2);
  EXPECT_GT(after.rows->taught_ms[kNeighbour], 1);
  EXPECT_EQ(after.lessons_number, ledger_.lessons_number());
  // By the operator's wish nobody is moved.
  auto still = std::make_shared<config::World>(*world_);
  still->steering.correction = 0ms;
  world_ = still;
  EXPECT_EQ(all(*predict_rows(input()).rows), all(*before.rows));
}

TEST_F(Predictions, WhatCannotTeach) {
  const auto before = all(*predict_rows(input()).rows);
  see(network(kSeen), 2, 320ms);  // one gateway alone
  EXPECT_EQ(all(*predict_rows(input()).rows), before);
  see(network(kSeen), 0, 20ms, 9);  // so few samples
  EXPECT_EQ(all(*predict_rows(input()).rows), before);
  for (const char* nowhere : {"198.51.100.0/24", "203.0.9.0/24"})  // no place, or one of a part alone
    see(prefix(nowhere), 0, 20ms), see(prefix(nowhere), 2, 320ms);
  EXPECT_EQ(all(*predict_rows(input()).rows), before);
}

TEST_F(Predictions, ALiarMovesNobodyByMoreThanTheBound) {
  auto world = std::make_shared<config::World>(*world_);
  world->steering.correction = 50ms;
  world_ = world;
  ledger_.configure(world_->regions, world_->steering);
  const auto before = predict_rows(input());
  for (const Duration lie : {Duration(1ms), Duration(9s)}) {
    see(network(kSeen), 0, 60ms, UINT32_MAX), see(network(kSeen), 1, 80ms, UINT32_MAX);
    now_ += 24h;  // what was said before is outweighed
    see(network(kSeen), 2, lie, UINT32_MAX);
    const auto after = predict_rows(input());
    const auto was = all(*before.rows), is = all(*after.rows);
    for (size_t i = 0; i < is.size(); ++i) EXPECT_LE(std::abs(is[i] - was[i]), 25.011) << to_text(lie);
    // What the ledger adds for the network itself stays within the same bound.
    steering_.predicted = after.rows;
    settle();
    for (const auto& cell : steering_.rows_v4.observed->cells(0))
      EXPECT_LE(std::abs(cell.moved_us / 1000.0 + ms(*after.rows, kSeen, cell.region) - ms(*before.rows, kSeen, cell.region)), 25.02);
  }
}

// A correction is found against a prediction that may have learnt from the same network: round and round it stays.
TEST_F(Predictions, NothingGoesRound) {
  see(network(kSeen), 0, 95ms), see(network(kSeen), 1, 110ms), see(network(kSeen), 2, 205ms);
  std::vector<double> first;
  std::vector<Duration> estimates;
  for (int round = 0; round < 12; ++round) {
    const auto prediction = predict_rows(input());
    steering_.predicted = prediction.rows;
    ledger_.touch_all();
    settle();
    std::vector<Duration> now;
    for (const auto& cell : steering_.rows_v4.observed->cells(0)) {
      const auto predicted = std::chrono::microseconds(std::llround(1000 * ms(*prediction.rows, kSeen, cell.region)));
      now.push_back(cell.is_moved ? cell.estimate.value() : predicted);
    }
    if (round == 0) first = all(*prediction.rows), estimates = now;
    EXPECT_EQ(all(*prediction.rows), first) << round;
    EXPECT_EQ(now, estimates) << round;
    now_ += 10s;
    see(network(kSeen), 0, 95ms), see(network(kSeen), 1, 110ms), see(network(kSeen), 2, 205ms);
  }
}

}  // namespace
}  // namespace isochrone::node
