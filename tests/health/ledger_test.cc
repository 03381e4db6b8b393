// What gateways observe against what coarser sources say: who moves, by how much, when, and who does not.

#include "health/ledger.h"

#include <gtest/gtest.h>

#include "health/observers.h"

namespace isochrone::health {
namespace {

using steer::RegionId;

const Prefix kNetwork = *Prefix::parse("192.0.2.0/24");
constexpr uint32_t kUnix = 1'000'000;

// West, europe, japan; a table says 20, 50 and 120 ms of everybody in 192.0.0.0/16.
class Ledgers : public testing::Test {
 protected:
  Ledgers() {
    rules_.dwell = 0ms;
    rules_.margin = 1ms;
    steering_.regions = std::make_shared<const std::vector<steer::Region>>(regions_);
    steer::LatencyMapBuilder builder(3);
    const std::pair<RegionId, Duration> cells[] = {{0, 20ms}, {1, 50ms}, {2, 120ms}};
    builder.add_row(*Prefix::parse("192.0.0.0/16"), cells, 0);
    base_ = std::move(builder).build(0, true);
    ledger_.configure(regions_, rules_);
    steering_.map = base_;
  }

  void see(RegionId region, Duration rtt, uint32_t samples = 1000, const Prefix& network = kNetwork) {
    const Observation seen{network, samples, rtt, 1ms, rtt, 0s};
    ledger_.take(region, {&seen, 1}, now_);
  }
  void settle() {
    auto networks = ledger_.networks();
    steering_.map = steer::with_observed(*base_, networks.list);
    ledger_.woven(networks.number);
    settle_rows();
  }
  void settle_rows() {
    auto rows = ledger_.settle(steering_, SIZE_MAX, now_, kUnix);
    steering_.rows_v4.observed = steer::Observed::with(steering_.rows_v4.observed.get(), std::move(rows[0]));
    steering_.rows_v6.observed = steer::Observed::with(steering_.rows_v6.observed.get(), std::move(rows[1]));
  }
  // Of a correction of east that waits, `dwell` being 30 s.
  void expect_moved_after_30s() {
    now_ += 29s;
    settle_rows();
    EXPECT_EQ(moved_ms(1), 0);
    now_ += 1s;
    settle_rows();
    EXPECT_LT(moved_ms(1), -9);
  }
  const steer::ObservedCell* cell(RegionId region, const Prefix& network = kNetwork) const {
    const steer::SourceId source = steering_.map->find(network.address).source;
    if (source == steer::kNoSource || !steering_.map->source(source).is_observed()) return nullptr;
    for (const auto& cell : steering_.rows_v4.observed->cells(steering_.map->source(source).observed()))
      if (cell.region == region) return &cell;
    return nullptr;
  }
  double moved_ms(RegionId region) const { return cell(region) ? cell(region)->moved_us / 1000.0 : -999; }

  std::vector<steer::Region> regions_{{"west"}, {"europe"}, {"japan"}};
  SteeringRules rules_;
  Ledger ledger_;
  std::shared_ptr<const steer::LatencyMap> base_;
  steer::Steering steering_;
  Time now_ = Time(std::chrono::hours(100));
};

TEST_F(Ledgers, ASlowAccessNetworkSeenByOneGatewayMovesNobody) {
  see(0, 320ms);  // a satellite, 300 ms more than the table's vantage had
  settle();
  ASSERT_NE(cell(0), nullptr);
  EXPECT_EQ(cell(0)->moved_us, 0);
  EXPECT_FALSE(cell(0)->is_moved) << "it is left to the coarser source, as if nobody had looked";
  EXPECT_EQ(cell(0)->rtt.value(), 320ms);
  EXPECT_TRUE(steering_.rows_v4.observed->row(0).order.empty());
}

TEST_F(Ledgers, TwoGatewaysAreComparedWithTheAccessNetworkTakenOut) {
  // Access of 30 ms; west is as the table says, europe 20 ms nearer.
  see(0, 50ms, 1'000'000);
  see(1, 60ms, 1'000'000);
  settle();
  EXPECT_NEAR(moved_ms(0), 10, 0.2);
  EXPECT_NEAR(moved_ms(1), -10, 0.2);
  EXPECT_NEAR(to_milliseconds(cell(0)->estimate.value()), 30, 0.2);
  EXPECT_NEAR(to_milliseconds(cell(1)->estimate.value()), 40, 0.2);
}

TEST_F(Ledgers, OfThreeTheMajorityIsTheMeasure) {
  see(0, 50ms), see(1, 80ms), see(2, 100ms);  // japan: 50 ms nearer than the table says; bound: 25 each way
  settle();
  EXPECT_EQ(moved_ms(0), 0);
  EXPECT_EQ(moved_ms(1), 0);
  EXPECT_EQ(moved_ms(2), -25);
  EXPECT_TRUE(cell(2)->is_clipped);
  EXPECT_EQ(ledger_.columns()[2].clipped, 1u);
  EXPECT_EQ(ledger_.columns()[1].clipped, 0u);
}

TEST_F(Ledgers, FewSamplesWeighLittle) {
  see(0, 20ms, 1000), see(1, 50ms, 1000), see(2, 100ms, 10);
  settle();
  EXPECT_NEAR(moved_ms(2), -10, 0.1) << "as many samples as there is doubt: half of the way";
  see(2, 100ms, 1000);
  settle_rows();
  EXPECT_LT(moved_ms(2), -19);
}

// Whatever it says, nobody is moved by more than the bound.
TEST_F(Ledgers, ALiarIsBounded) {
  for (const Duration lie : {Duration(1us), Duration(60s)}) {
    for (int others = 1; others <= 2; ++others) {
      const Prefix network = Prefix::make(IpAddress::v4(0xc0000a00u + static_cast<uint32_t>(others) * 256 + (lie > 1s ? 4096 : 0)), 24);
      see(0, 20ms, 100, network);
      if (others == 2) see(1, 50ms, 100, network);
      see(2, lie, UINT32_MAX, network);
      settle();
      const Duration shift = Duration(std::chrono::microseconds(std::abs(cell(2, network)->moved_us - cell(0, network)->moved_us)));
      EXPECT_LE(shift, rules_.correction) << to_text(lie);
      EXPECT_GT(shift, 20ms);
    }
  }
}

TEST_F(Ledgers, WhatIsComparedWithNothingIsComparedWithItself) {
  const Prefix elsewhere = *Prefix::parse("198.51.100.0/24");  // nobody says anything of it
  see(0, 90ms, 1000, elsewhere);
  settle();
  EXPECT_FALSE(cell(0, elsewhere)->is_moved);
  see(1, 30ms, 1000, elsewhere);
  settle_rows();
  EXPECT_LT(cell(1, elsewhere)->estimate, cell(0, elsewhere)->estimate);
}

TEST_F(Ledgers, ACorrectionWaitsForDwellAndMargin) {
  rules_.dwell = 30s;
  rules_.margin = 5ms;
  ledger_.configure(regions_, rules_);
  see(0, 50ms), see(1, 60ms);
  settle();
  EXPECT_EQ(moved_ms(1), 0);
  EXPECT_EQ(ledger_.unsettled(), 1u) << "it waits";
  expect_moved_after_30s();
  const auto before = steering_.rows_v4.observed;
  see(1, 62ms);  // within the margin
  settle_rows();
  now_ += 60s;
  settle_rows();
  EXPECT_TRUE(steer::Observed::rank_alike(before.get(), steering_.rows_v4.observed.get()));
  EXPECT_NE(before->cells(0)[1].rtt, steering_.rows_v4.observed->cells(0)[1].rtt) << "though what is told is new";
}

// The clock's milliseconds are kept in 31 bits.
TEST_F(Ledgers, DwellPassesWhereTheMillisecondsBeginAnew) {
  rules_.dwell = 30s;
  rules_.margin = 5ms;
  ledger_.configure(regions_, rules_);
  now_ = Time(std::chrono::milliseconds((int64_t{1} << 31) - 10'000));
  see(0, 50ms), see(1, 60ms);
  settle();
  expect_moved_after_30s();
}

// What a correction was found against has moved, calmly: nobody is moved twice for a dwell.
TEST_F(Ledgers, ACorrectionFollowsWhatItIsComparedWithAtOnce) {
  rules_.dwell = 30s;
  ledger_.configure(regions_, rules_);
  see(0, 50ms, 1'000'000), see(1, 60ms, 1'000'000);
  settle();
  now_ += 30s;
  ledger_.touch_all();
  settle_rows();
  ASSERT_NEAR(moved_ms(1), -10, 0.2);
  steer::LatencyMapBuilder builder(3);
  const std::pair<RegionId, Duration> cells[] = {{0, 20ms}, {1, 30ms}, {2, 120ms}};
  builder.add_row(*Prefix::parse("192.0.0.0/16"), cells, 0);
  base_ = std::move(builder).build(0, true);
  settle();
  EXPECT_NEAR(moved_ms(0), 0, 0.2);
  EXPECT_NEAR(moved_ms(1), 0, 0.2);
  see(1, 40ms, 1'000'000);  // what is observed waits as before
  now_ += 1h;
  see(1, 40ms, 1'000'000);
  settle_rows();
  EXPECT_NEAR(moved_ms(1), 0, 0.2);
}

TEST_F(Ledgers, LessonsAreCalmAndOfNetworksThatSeveralSee) {
  rules_.dwell = 30s;
  rules_.margin = 5ms;
  ledger_.configure(regions_, rules_);
  const Prefix other = *Prefix::parse("192.0.3.0/24");
  see(0, 20ms, 1000, other);
  see(0, 50ms, 10), see(1, 60ms, 9);
  EXPECT_TRUE(ledger_.lessons().empty());
  const uint64_t nothing = ledger_.lessons_number();
  see(1, 60ms, 1);
  auto lessons = ledger_.lessons();
  ASSERT_EQ(lessons.size(), 2u);
  EXPECT_EQ(lessons[1].network, kNetwork);
  EXPECT_EQ(lessons[1].region, 1);
  EXPECT_NEAR(to_milliseconds(lessons[1].rtt), 60, 0.001) << "as it was seen, whatever it is compared with";
  const uint64_t first = ledger_.lessons_number();
  EXPECT_NE(first, nothing);
  for (int i = 0; i < 4; ++i) {
    see(1, 63ms, 100);  // within the margin
    now_ += 10s;
  }
  EXPECT_EQ(ledger_.lessons_number(), first);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ledger_.lessons_number(), first) << i;
    see(1, 90ms, 100'000);
    now_ += 10s;
  }
  EXPECT_NE(ledger_.lessons_number(), first) << "after dwell";
  EXPECT_GT(ledger_.lessons()[1].rtt, 75ms);
  const uint64_t last = ledger_.lessons_number();
  const auto saved = ledger_.save(now_);
  now_ += 25h;
  ledger_.touch_all();
  settle();
  EXPECT_TRUE(ledger_.lessons().empty());
  EXPECT_NE(ledger_.lessons_number(), last);
  ledger_.restore(saved, 0s, now_);
  EXPECT_EQ(ledger_.lessons().size(), 2u);
}

TEST_F(Ledgers, SilenceFreezesUntilMaxAge) {
  see(0, 50ms), see(1, 60ms);
  settle();
  const double moved = moved_ms(1);
  now_ += 23h;
  ledger_.touch_all();
  settle_rows();
  EXPECT_EQ(moved_ms(1), moved);
  EXPECT_EQ(cell(1)->at, kUnix - 23 * 3600);
  now_ += 2h;
  ledger_.touch_all();
  settle_rows();
  EXPECT_EQ(cell(1), nullptr);
  EXPECT_EQ(ledger_.size(), 0u);
  EXPECT_TRUE(ledger_.wants_weaving());
}

TEST_F(Ledgers, NewSamplesReplaceOldOnes) {
  see(0, 20ms), see(1, 50ms), see(2, 120ms);
  now_ += 40min;  // four half-lives
  see(2, 110ms);
  settle();
  EXPECT_NEAR(to_milliseconds(cell(2)->rtt.value()), 110 + 10.0 / 17, 0.1);
}

TEST_F(Ledgers, ComesBackAfterARestart) {
  see(0, 50ms), see(1, 60ms);
  settle();
  const auto saved = ledger_.save(now_ + 1min);
  Ledger again;
  // Regions have other numbers, and one is gone.
  regions_ = {{"europe"}, {"japan"}};
  again.configure(regions_, rules_);
  again.restore(saved, 1h, now_);
  ASSERT_EQ(again.size(), 1u);
  const auto back = again.save(now_);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].region, "europe");
  EXPECT_NEAR(to_milliseconds(back[0].rtt), 60, 0.001);
  EXPECT_EQ(back[0].age, Duration(61min));
  EXPECT_NEAR(to_milliseconds(back[0].moved[0]), moved_ms(1), 0.01);
  Ledger late;
  late.configure(regions_, rules_);
  late.restore(saved, 24h, now_);
  EXPECT_EQ(late.size(), 0u) << "older than max-age";
}

TEST_F(Ledgers, AFloodEvictsWhatIsLeastSeen) {
  see(0, 50ms), see(1, 60ms);
  Prefix network = *Prefix::parse("20.0.0.0/24");
  std::vector<Observation> flood;
  for (size_t i = 0; i < Ledger::kMostNetworks + 5000; ++i) {
    flood.push_back({network, 1, 10ms, 0ms, 10ms, 0s});
    network.address = *address_behind(network);
  }
  now_ += 1h;
  ledger_.take(2, flood, now_);
  EXPECT_LE(ledger_.size(), Ledger::kMostNetworks);
  EXPECT_GE(ledger_.evicted(), 5000u);
  const auto known = ledger_.networks().list;
  EXPECT_EQ(known.size(), ledger_.size());
  EXPECT_TRUE(std::ranges::any_of(known, [](const auto& p) { return p.prefix == kNetwork; })) << "two gateways see it: it stays, though it is the oldest";
}

TEST_F(Ledgers, NumbersAreUsedAgainOnceNoMapHasThem) {
  see(0, 50ms);
  settle();
  now_ += 25h;
  ledger_.touch_all();
  settle_rows();  // dropped
  const Prefix other = *Prefix::parse("192.0.7.0/24");
  see(0, 50ms, 10, other);
  EXPECT_EQ(ledger_.networks().list.at(0).id, 1u) << "0 may still be in a map";
  settle();
  const Prefix third = *Prefix::parse("192.0.8.0/24");
  see(0, 50ms, 10, third);
  std::vector<steer::ObservedPrefix> list = ledger_.networks().list;
  EXPECT_TRUE(std::ranges::any_of(list, [&](const auto& p) { return p.prefix == third && p.id == 0; }));
}

// ---- who may write

ObservationReport report(std::string region, uint64_t sequence, std::vector<Observation> networks, uint64_t run = 7) {
  return {std::move(region), run, sequence, 0, std::move(networks)};
}
Observation seen(const char* network, Duration rtt = 30ms) { return {*Prefix::parse(network), 5, rtt, 1ms, rtt, 0s}; }

TEST_F(Ledgers, ReportsAreJudgedWhole) {
  Observers observers;
  struct Case {
    const char* name;
    Observation wrong;
  };
  const Observation good = seen("192.0.2.0/24");
  const auto with = [&](auto change) {
    Observation other = good;
    change(other);
    return other;
  };
  for (const Case& c : {
           Case{"0 ms", with([](auto& o) { o.rtt = o.least = 0ms; })},
           {"negative", with([](auto& o) { o.rtt = -1ms; })},
           {"10^9 ms", with([](auto& o) { o.rtt = std::chrono::milliseconds(1'000'000'000); })},
           {"least above median", with([](auto& o) { o.least = 31ms; })},
           {"negative spread", with([](auto& o) { o.spread = -1ms; })},
           {"endless spread", with([](auto& o) { o.spread = 1h; })},
           {"no samples", with([](auto& o) { o.samples = 0; })},
           {"from the future", with([](auto& o) { o.age = -1s; })},
           {"from last week", with([](auto& o) { o.age = 168h; })},
           {"a host", seen("192.0.2.1/32")},
           {"half the world", seen("128.0.0.0/1")},
           {"a /24 in IPv6", seen("2001:d00::/24")},
           {"6to4", seen("2002:c000:200::/48")},
       }) {
    now_ += 10s;
    EXPECT_FALSE(observers.take(report("west", 1, {good, c.wrong}), regions_, ledger_, now_)) << c.name;
    EXPECT_EQ(ledger_.size(), 0u) << c.name;
  }
  EXPECT_EQ(observers.list().at("west").refused, 13u);
  EXPECT_FALSE(observers.take(report("nowhere", 1, {good}), regions_, ledger_, now_));
  EXPECT_FALSE(observers.list().contains("nowhere")) << "strangers take no memory";
  EXPECT_TRUE(observers.take(report("west", 1, {good, seen("127.0.0.0/24"), seen("239.1.1.0/24"), seen("0.0.0.0/24"), seen("ff02::/48")}), regions_, ledger_, now_ + 1s));
  EXPECT_EQ(ledger_.size(), 1u) << "nobody is in the others";
  EXPECT_EQ(observers.list().at("west").passed_over, 4u);
}

TEST_F(Ledgers, ReplaysAndFloodsLoseNothing) {
  Observers observers;
  EXPECT_TRUE(observers.take(report("west", 2, {seen("192.0.2.0/24", 30ms)}), regions_, ledger_, now_));
  const auto before = ledger_.save(now_);
  EXPECT_FALSE(observers.take(report("west", 2, {seen("192.0.2.0/24", 90ms)}), regions_, ledger_, now_));
  EXPECT_FALSE(observers.take(report("west", 1, {seen("192.0.2.0/24", 90ms)}), regions_, ledger_, now_));
  EXPECT_TRUE(observers.take(report("west", 1, {}, 8), regions_, ledger_, now_)) << "another run";
  EXPECT_FALSE(observers.take(report("west", 2, {seen("192.0.2.0/24", 90ms)}, 7), regions_, ledger_, now_)) << "of the run before it";
  EXPECT_TRUE(observers.knows(report("west", 2, {}, 7)) && observers.knows(report("west", 1, {}, 8)));
  for (const ObservationReport& other : {report("west", 3, {}, 7), report("west", 1, {}, 9), report("europe", 1, {}, 7)})
    EXPECT_FALSE(observers.knows(other)) << other.region << other.run;
  EXPECT_EQ(ledger_.save(now_).at(0).rtt, before.at(0).rtt);
  int taken = 0;
  for (uint64_t i = 2; i < 100; ++i) taken += observers.take(report("west", i, {}, 8), regions_, ledger_, now_).has_value();
  EXPECT_LT(taken, 10) << "a burst, then a report a second";
  EXPECT_TRUE(observers.take(report("europe", 1, {}), regions_, ledger_, now_)) << "others' pace is their own";
  EXPECT_TRUE(observers.take(report("west", 1000, {}, 8), regions_, ledger_, now_ + 1s));
  std::vector<Observation> many(Observers::kMostNetworks + 1, seen("192.0.2.0/24"));
  EXPECT_FALSE(observers.take(report("europe", 2, many), regions_, ledger_, now_));
}

TEST_F(Ledgers, GatewaysOfOneRegionTellSideBySide) {
  Observers observers;
  for (uint64_t i = 1; i <= 3; ++i)
    for (const uint64_t run : {7, 8}) {
      now_ += 1s;
      EXPECT_TRUE(observers.take(report("west", i, {seen("192.0.2.0/24")}, run), regions_, ledger_, now_)) << run << " " << i;
    }
  for (uint64_t run = 100; run < 163; ++run) {  // with 8 as many as are remembered
    now_ += 1s;
    EXPECT_TRUE(observers.take(report("west", 1, {}, run), regions_, ledger_, now_));
  }
  EXPECT_TRUE(observers.knows(report("west", 3, {}, 8)));
  EXPECT_FALSE(observers.knows(report("west", 3, {}, 7))) << "no endless memory for runs";
}

TEST_F(Ledgers, ALongWayFromTheOthersIsStillOneColumn) {
  Observers observers;
  EXPECT_TRUE(observers.take(report("japan", 1, {seen("192.0.2.0/24")}), regions_, ledger_, now_));
  for (const SavedCell& cell : ledger_.save(now_)) EXPECT_EQ(cell.region, "japan");
}

}  // namespace
}  // namespace isochrone::health
