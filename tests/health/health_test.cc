// Health as a whole: records and reports in, address states, rows and changes out.

#include "health/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "health/installation.h"

namespace isochrone::health {
namespace {

using steer::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr QuorumRule kMajority;

class HealthTest : public testing::Test {
 protected:
  HealthTest() { configure(make_plan()); }

  void configure(Plan plan, std::vector<std::string> vantages = {"ns1", "tokyo", "paris"}) {
    plan_ = std::make_shared<Plan>(std::move(plan));
    health_.configure(plan_, std::move(vantages), rules_, now_);
  }

  TargetId id(std::string_view key) const {
    for (const Target& target : plan_->targets) {
      if (target.key == key) return target.id;
    }
    ADD_FAILURE() << key;
    return 0;
  }

  void wait(Duration d) {
    now_ += d;
    health_.tick(now_);
  }

  void record(std::string_view key, const Outcome& outcome) {
    health_.record(id(key), outcome, now_);
    health_.tick(now_);
  }

  // Every target of every region once, by the RTT of its region; negative: lost.
  void round(std::array<int, 3> ms) {
    for (const Target& target : plan_->targets) {
      const int rtt = ms[target.region];
      health_.record(target.id, rtt < 0 ? lost() : fine(rtt * 1ms), now_);
    }
    health_.tick(now_);
  }

  VantageReport report_of(std::string vantage, Verdict verdict, std::vector<std::string> keys = {}) {
    VantageReport report{.vantage = std::move(vantage), .run = 7, .sequence = ++sequence_, .targets = {}};
    for (const Target& target : plan_->targets) {
      if (!keys.empty() && std::ranges::find(keys, target.key) == keys.end()) continue;
      TargetReport told;
      told.key = target.key;
      told.verdict = verdict;
      told.rtt = (20 + 10 * target.region) * 1ms;
      report.targets.push_back(told);
    }
    return report;
  }

  bool say(const VantageReport& report, Duration age = {}) {
    const Status status = health_.report(report, age, now_);
    refusal_ = status ? "" : status.error().text;
    health_.tick(now_);
    return status.has_value();
  }

  steer::AddressState state(std::string_view key) const { return health_.address_state(id(key), kMajority, now_); }

  std::string order(steer::VantageId vantage = 0) const { return text(health_.rows(Family::V4).by_vantage[vantage]); }
  std::string median() const { return text(health_.rows(Family::V4).median); }
  std::string text(const std::shared_ptr<const steer::LiveRow>& row) const {
    std::string result;
    if (!row) return result;
    for (const auto region : row->order) result += plan_->regions[region][0];
    return result;
  }

  SteeringRules rules_;
  Time now_{1000s};
  Health health_{HealthConfig{.run = 1}};
  std::shared_ptr<const Plan> plan_;
  uint64_t sequence_ = 0;
  std::string refusal_;
};

TEST_F(HealthTest, UnknownAtTheStartCountsAsUpForAWhile) {
  EXPECT_EQ(state("west/1").quorum, Verdict::Unknown);
  EXPECT_TRUE(state("west/1").fresh_start);
  health_.take_changes();
  wait(6999ms);
  EXPECT_TRUE(state("west/1").fresh_start);
  wait(1s);  // interval + timeout is over, and the sweep has been there
  EXPECT_FALSE(state("west/1").fresh_start);
  EXPECT_EQ(health_.take_changes().targets.size(), 6u);
}

TEST_F(HealthTest, AFirstResultIsAChange) {
  health_.take_changes();
  record("west/1", fine(38ms));
  const Changes changes = health_.take_changes();
  EXPECT_THAT(changes.targets, ElementsAre(id("west/1")));
  EXPECT_THAT(changes.rows, ElementsAre(0));
  EXPECT_TRUE(changes.median);
  EXPECT_EQ(state("west/1").quorum, Verdict::Up);
  record("west/1", fine(38ms));
  EXPECT_TRUE(health_.take_changes().empty());
}

TEST_F(HealthTest, AFailoverIsDetectedAndMeasured) {
  round({38, 80, 120});
  health_.take_changes();
  wait(5s);
  EXPECT_FALSE(health_.outage_began(id("west/1")));
  record("west/1", lost());
  EXPECT_TRUE(state("west/1").failing);
  EXPECT_THAT(health_.take_changes().targets, ElementsAre(id("west/1")));
  EXPECT_EQ(health_.next_delay(id("west/1")), 500ms);
  wait(2500ms);
  record("west/1", lost());
  EXPECT_TRUE(health_.take_changes().empty()) << "still failing";
  wait(2500ms);
  record("west/1", lost());
  EXPECT_EQ(state("west/1").quorum, Verdict::Down);
  const Changes changes = health_.take_changes();
  EXPECT_THAT(changes.targets, ElementsAre(id("west/1")));
  EXPECT_EQ(now_ - *health_.outage_began(id("west/1")), 7s) << "the first try began 2 s before it failed";
  EXPECT_EQ(state("west/2").quorum, Verdict::Up);
  EXPECT_EQ(order(), "wej") << "a region that is down keeps its place";
  const TargetView view = health_.view(id("west/1"), 0, now_);
  EXPECT_EQ(view.tries, 4u);
  EXPECT_EQ(view.failures, 3u);
  EXPECT_EQ(view.reason, "no answer within 2s (connect)");
  EXPECT_EQ(view.rtt, 38ms);
}

TEST_F(HealthTest, OurOwnFailuresSayNothingOfTheTarget) {
  round({38, 80, 120});
  wait(5s);
  health_.take_changes();
  Outcome local;
  local.failure = Failure::Local;
  for (int i = 0; i < 5; ++i) record("west/1", local);
  EXPECT_TRUE(health_.take_changes().empty());
  EXPECT_EQ(state("west/1").quorum, Verdict::Up);
  EXPECT_FALSE(state("west/1").failing);
  EXPECT_EQ(health_.view(id("west/1"), 0, now_).local_failures, 5u);
  EXPECT_EQ(health_.view(id("west/1"), 0, now_).age, 5s);
}

TEST_F(HealthTest, AnOutcomeOfATargetThatIsGoneIsPassedOver) {
  health_.record(99, fine(1ms), now_);
  health_.tick(now_);
}

TEST_F(HealthTest, ARouteShiftMovesTheOrderAfterTheDwellAndNotBefore) {
  for (int i = 0; i < 20; ++i) {
    round({38, 80, 120});
    wait(5s);
  }
  health_.take_changes();
  const Time shift = now_;
  std::optional<Time> moved;
  for (int i = 0; i < 200 && !moved; ++i) {
    if (i % 10 == 0) round({120, 80, 120});
    wait(500ms);
    if (order() != "wej") moved = now_;
  }
  ASSERT_TRUE(moved);
  EXPECT_GE(*moved - shift, rules_.dwell);
  EXPECT_LE(*moved - shift, rules_.dwell + 2 * 5s);
  EXPECT_EQ(health_.take_changes().switches, 1u) << "this vantage's row; the median of one that measures alone is that row again";
}

TEST_F(HealthTest, ASwitchIsCountedInEachRowThatMakesIt) {
  const auto both_measure = [&](std::array<int, 3> ms) {
    round(ms);
    VantageReport report = report_of("tokyo", Verdict::Up);
    for (const Target& target : plan_->targets) report.targets[target.id].rtt = ms[target.region] * 1ms;
    ASSERT_TRUE(say(report)) << refusal_;
    wait(5s);
  };
  for (int i = 0; i < 20; ++i) both_measure({38, 80, 120});
  health_.take_changes();
  for (int i = 0; i < 20; ++i) both_measure({120, 80, 120});
  EXPECT_EQ(health_.take_changes().switches, 3u) << "two vantages' rows and the median's";
}

TEST_F(HealthTest, ASwapIsToldWhenItIsNearAndOverWhenItHasHappened) {
  for (int i = 0; i < 20; ++i) {
    round({38, 80, 120});
    wait(5s);
  }
  EXPECT_EQ(health_.rows(Family::V4).swaps, nullptr);
  const steer::LiveRows before = health_.rows(Family::V4);
  health_.take_changes();
  std::optional<Time> near, moved;
  for (int i = 0; i < 200 && !moved; ++i) {
    if (i % 10 == 0) round({130, 80, 120});
    wait(500ms);
    const Changes changes = health_.take_changes();
    if (changes.swaps && !near) {
      near = now_;
      EXPECT_TRUE(changes.rows.empty() && !changes.median) << "nobody is given another answer yet";
      const steer::LiveRows rows = health_.rows(Family::V4);
      EXPECT_EQ(rows, before) << "what scopes were merged for";
      ASSERT_TRUE(rows.swaps);
      steer::RegionSet europe, all;
      europe.add(1);
      EXPECT_TRUE(rows.swaps->by_vantage[0].is_near(0, europe));
      EXPECT_TRUE(rows.swaps->median.is_near(0, europe));
      EXPECT_FALSE(rows.swaps->by_vantage[0].is_near(1, europe)) << "it has no rival";
      EXPECT_FALSE(rows.swaps->by_vantage[0].is_near(0, all)) << "a rival that may not be given";
      EXPECT_TRUE(rows.swaps->by_vantage[1].empty()) << "another vantage's row";
    }
    if (order() != "wej") moved = now_;
  }
  ASSERT_TRUE(near && moved);
  EXPECT_GE(*moved - *near, rules_.dwell / 2 - 500ms);
  EXPECT_LE(*moved - *near, rules_.dwell / 2 + 500ms);
  for (int i = 0; i < 60; ++i) wait(1s);
  EXPECT_EQ(health_.rows(Family::V4).swaps, nullptr);
}

TEST_F(HealthTest, TickSaysWhenADwellIsOver) {
  for (int i = 0; i < 20; ++i) {
    round({38, 80, 120});
    wait(5s);
  }
  round({120, 80, 120});
  wait(5s);
  round({120, 80, 120});
  Time next = health_.tick(now_);
  // Nothing but ticks, each when the one before asked for it.
  const Time begun = now_;
  for (int ticks = 0; order() == "wej" && ticks < 100; ++ticks) {
    now_ = next;
    next = health_.tick(now_);
  }
  EXPECT_GE(now_ - begun, rules_.dwell);
  EXPECT_LE(now_ - begun, rules_.dwell + 250ms) << "regions are measured four times a second at most";
}

TEST_F(HealthTest, ABeaconMeasuresItsRegion) {
  Plan plan = make_plan();
  plan.targets.push_back(make_target("west/b", 0, "192.0.2.99", true));
  plan.targets.back().id = 6;
  configure(plan);
  record("west/1", fine(38ms));
  EXPECT_EQ(health_.view(0, Family::V4, 0, now_).estimate, 38ms) << "until the beacon has measured";
  record("west/b", fine(20ms));
  wait(1s);
  EXPECT_EQ(health_.view(0, Family::V4, 0, now_).estimate, 20ms);
}

TEST_F(HealthTest, AnEstimateIsFreshThenStaleThenFrozenThenGone) {
  rules_.frozen_after = 5min;
  rules_.max_age = 1h;
  configure(make_plan());
  EXPECT_EQ(health_.vantage(0, now_).stage(), Stage::Geography) << "nothing was measured yet";
  EXPECT_EQ(health_.vantage(0, now_).estimates, (std::array<uint32_t, 4>{0, 0, 0, 3})) << "three regions in one family";
  record("west/1", fine(38ms));
  const Duration fresh_for = freshness(health_.plan().targets[0].spec);
  const auto stage = [&] { return health_.view(0, Family::V4, 0, now_).stage; };
  wait(fresh_for);
  EXPECT_EQ(stage(), Stage::Fresh);
  EXPECT_EQ(health_.vantage(0, now_).estimates, (std::array<uint32_t, 4>{1, 0, 0, 2}));
  wait(1s);
  EXPECT_EQ(stage(), Stage::Stale);
  EXPECT_EQ(health_.median_view(0, Family::V4, now_).stage, Stage::Stale);
  EXPECT_EQ(health_.vantage(0, now_).stage(), Stage::Stale) << "that of the freshest";
  ASSERT_TRUE(say(report_of("tokyo", Verdict::Up, {"west/1"})));
  wait(1s);
  EXPECT_EQ(health_.median_view(0, Family::V4, now_).stage, Stage::Fresh) << "that of the freshest vantage";
  wait(5min);
  EXPECT_EQ(stage(), Stage::Frozen);
  EXPECT_EQ(health_.view(0, Family::V4, 0, now_).held, 38ms) << "no silence moves a client";
  wait(1h);
  wait(2min);
  EXPECT_EQ(stage(), Stage::Geography);
  EXPECT_EQ(health_.view(0, Family::V4, 0, now_).held, std::nullopt);
  EXPECT_EQ(health_.vantage(0, now_).stage(), Stage::Geography);
}

TEST_F(HealthTest, FamiliesAreMeasuredApart) {
  Plan plan = make_plan();
  plan.targets.push_back(make_target("west/6", 0, "2001:db8::1"));
  plan.targets.back().id = 6;
  configure(plan);
  record("west/1", fine(38ms));
  record("west/6", fine(52ms));
  EXPECT_EQ(health_.view(0, Family::V4, 0, now_).estimate, 38ms);
  EXPECT_EQ(health_.view(0, Family::V6, 0, now_).estimate, 52ms);
  EXPECT_EQ(text(health_.rows(Family::V6).median), "w");
}

TEST_F(HealthTest, TheMedianIsOverAllVantagesAndWithAnycastOurOwn) {
  round({50, 40, 60});
  EXPECT_EQ(median(), "ewj");
  ASSERT_TRUE(say(report_of("tokyo", Verdict::Up)));  // 20, 30, 40
  ASSERT_TRUE(say(report_of("paris", Verdict::Up)));
  EXPECT_EQ(order(1), "wej");
  wait(1s);
  EXPECT_EQ(health_.median_view(0, Family::V4, now_).estimate, 20ms);
  round({50, 40, 60});
  wait(30s);
  EXPECT_EQ(median(), "wej") << "calm, like every other row";
  rules_.anycast = true;
  configure(make_plan());
  EXPECT_EQ(median(), "ewj");
}

TEST_F(HealthTest, VantagesThatSeeItDifferentlyDissent) {
  round({38, 80, 120});
  say(report_of("tokyo", Verdict::Down, {"west/1"}));
  say(report_of("paris", Verdict::Up, {"west/1"}));
  EXPECT_EQ(state("west/1").quorum, Verdict::Up);
  EXPECT_THAT(state("west/1").dissent, ElementsAre(std::pair(steer::VantageId{1}, Verdict::Down)));
  say(report_of("paris", Verdict::Down, {"west/1"}));
  EXPECT_EQ(state("west/1").quorum, Verdict::Down);
  EXPECT_THAT(state("west/1").dissent, ElementsAre(std::pair(steer::VantageId{0}, Verdict::Up)));
}

TEST_F(HealthTest, AWeightedQuorumFollowsTheWeights) {
  const std::vector<uint16_t> weights{1, 3, 1};
  health_.configure(std::make_shared<const Plan>(make_plan()), {"ns1", "tokyo", "paris"}, rules_, now_, weights);
  round({38, 80, 120});
  say(report_of("paris", Verdict::Up, {"west/1"}));
  say(report_of("tokyo", Verdict::Down, {"west/1"}));
  const TargetId west = 0;
  EXPECT_EQ(health_.address_state(west, {QuorumRule::Kind::Weighted}, now_).quorum, Verdict::Down);
  EXPECT_EQ(health_.address_state(west, {QuorumRule::Kind::Majority}, now_).quorum, Verdict::Up);
}

TEST_F(HealthTest, AVantageThatLostItsUplinkChangesNothing) {
  rules_.dwell = 30s;
  round({38, 80, 120});
  say(report_of("paris", Verdict::Up));
  say(report_of("tokyo", Verdict::Up));
  health_.take_changes();
  say(report_of("tokyo", Verdict::Down));
  const Changes changes = health_.take_changes();
  EXPECT_THAT(changes.suspects, ElementsAre("tokyo"));
  EXPECT_EQ(changes.targets.size(), 6u);
  EXPECT_TRUE(health_.vantage(1, now_).suspect);
  for (const Target& target : plan_->targets) {
    EXPECT_EQ(state(target.key).quorum, Verdict::Up);
    EXPECT_THAT(state(target.key).dissent, IsEmpty());
  }
  say(report_of("tokyo", Verdict::Up));
  EXPECT_THAT(health_.take_changes().trusted, ElementsAre("tokyo"));
}

TEST_F(HealthTest, AnOutageBeganWithTheFirstWhoSawItAndNotWithAPathCutBefore) {
  round({38, 80, 120});
  say(report_of("paris", Verdict::Up));
  VantageReport cut = report_of("tokyo", Verdict::Down, {"west/1"});
  cut.targets[0].since = 1h;
  say(cut);
  EXPECT_EQ(now_ - *health_.outage_began(id("west/1")), 1h) << "so far it is tokyo's alone";
  wait(5s);
  record("west/1", lost());
  wait(1s);
  VantageReport failing = report_of("paris", Verdict::Up, {"west/1"});
  failing.targets[0].failing = true;
  say(failing);
  wait(3s);
  EXPECT_EQ(now_ - *health_.outage_began(id("west/1")), 6s);
  record("west/1", fine(38ms));
  EXPECT_EQ(now_ - *health_.outage_began(id("west/1")), 3s) << "over for us, not for paris";
}

TEST_F(HealthTest, AVantageThatFallsSilentAgesOutVisibly) {
  round({38, 80, 120});
  say(report_of("tokyo", Verdict::Down, {"west/1"}));
  say(report_of("paris", Verdict::Down, {"west/1"}));
  EXPECT_EQ(state("west/1").quorum, Verdict::Down);
  health_.take_changes();
  for (int i = 0; i < 4; ++i) {
    wait(5s);
    round({38, 80, 120});
  }
  EXPECT_EQ(state("west/1").quorum, Verdict::Up) << "17 s of silence are over";
  EXPECT_THAT(health_.take_changes().targets, ElementsAre(id("west/1")));
  const VantageView tokyo = health_.vantage(1, now_);
  EXPECT_TRUE(tokyo.stale);
  EXPECT_EQ(tokyo.heard, 20s);
  EXPECT_FALSE(health_.view(id("west/1"), 1, now_).fresh);
  EXPECT_FALSE(health_.vantage(0, now_).stale);
}

TEST_F(HealthTest, AWordThatWasFoundOldDoesNotDateTheOutage) {
  round({38, 80, 120});
  say(report_of("tokyo", Verdict::Down, {"west/1"}), 1h);
  EXPECT_FALSE(health_.view(id("west/1"), 1, now_).fresh);
  wait(2s);
  say(report_of("tokyo", Verdict::Down, {"west/1"}));
  EXPECT_TRUE(health_.view(id("west/1"), 1, now_).fresh);
  EXPECT_EQ(health_.outage_began(id("west/1")), now_);
}

TEST_F(HealthTest, WhatIsKnownIsFrozenWhereNobodyIsFresh) {
  round({38, 80, 120});
  for (int i = 0; i < 3; ++i) record("west/1", lost());
  wait(1h);
  EXPECT_EQ(state("west/1").quorum, Verdict::Down);
  EXPECT_EQ(state("west/2").quorum, Verdict::Up);
  EXPECT_EQ(order(), "wej");
  wait(24h);
  wait(1s);
  EXPECT_EQ(order(), "") << "older than max-age";
}

TEST_F(HealthTest, ReportsThatCannotBeTrustedAreRefusedWhole) {
  using Change = void (*)(VantageReport&);
  const struct {
    const char* name;
    Change change;
    const char* refusal;
  } rows[] = {
      {"unknown vantage", [](VantageReport& r) { r.vantage = "osaka"; }, "no vantage is named \"osaka\""},
      {"our own name", [](VantageReport& r) { r.vantage = "ns1"; }, "vantage \"ns1\" is this node's own"},
      {"repeated", [](VantageReport& r) { r.sequence = 1; }, "report 1 came after report 1"},
      {"RTT 0", [](VantageReport& r) { r.targets[3].rtt = 0ms; }, "target \"europe/2\": an RTT of 0 or less"},
      {"RTT negative", [](VantageReport& r) { r.targets[3].rtt = -1ms; }, "target \"europe/2\": an RTT of 0 or less"},
      {"RTT of days", [](VantageReport& r) { r.targets[0].rtt = 48h; },
       "target \"west/1\": an RTT of more than a minute"},
      {"loss NaN", [](VantageReport& r) { r.targets[0].loss = NAN; },
       "target \"west/1\": a loss that is not within 0 and 1"},
      {"loss of 2", [](VantageReport& r) { r.targets[0].loss = 2; },
       "target \"west/1\": a loss that is not within 0 and 1"},
      {"age negative", [](VantageReport& r) { r.targets[0].age = -1s; }, "target \"west/1\": an age is negative"},
      {"since negative", [](VantageReport& r) { r.targets[0].since = -1s; }, "target \"west/1\": an age is negative"},
  };
  ASSERT_TRUE(say(report_of("tokyo", Verdict::Up)));
  health_.take_changes();
  for (const auto& row : rows) {
    VantageReport report = report_of("tokyo", Verdict::Down);
    row.change(report);
    EXPECT_FALSE(say(report)) << row.name;
    EXPECT_EQ(refusal_, row.refusal) << row.name;
  }
  EXPECT_FALSE(say(report_of("tokyo", Verdict::Down), -1s));
  EXPECT_FALSE(say(report_of("tokyo", Verdict::Down), 25h));
  EXPECT_TRUE(health_.take_changes().empty());
  EXPECT_EQ(health_.vantage(1, now_).refused, 10u) << "two of the rows are nobody's";
}

TEST_F(HealthTest, ARestartedWorkerBeginsAnewAndAReplayIsRefused) {
  VantageReport old = report_of("tokyo", Verdict::Down);
  old.sequence = 500;
  ASSERT_TRUE(say(old));
  VantageReport restarted = report_of("tokyo", Verdict::Up);
  restarted.run = 8;
  restarted.sequence = 1;
  ASSERT_TRUE(say(restarted));
  old.sequence = 501;
  EXPECT_FALSE(say(old));
  EXPECT_EQ(refusal_, "the report is of a run of the worker that has ended");
}

TEST_F(HealthTest, AgesAddUp) {
  VantageReport report = report_of("tokyo", Verdict::Down, {"west/1"});
  report.targets[0].age = 10s;
  report.targets[0].since = 40s;
  ASSERT_TRUE(say(report, 5s));
  EXPECT_EQ(health_.view(id("west/1"), 1, now_).age, 15s);
  EXPECT_EQ(health_.view(id("west/1"), 1, now_).since, 45s);
  EXPECT_EQ(health_.vantage(1, now_).heard, 5s);
  report.sequence = ++sequence_;
  report.targets[0].age = 20s;
  report.targets[0].verdict = Verdict::Up;
  ASSERT_TRUE(say(report, 5s));
  EXPECT_EQ(health_.view(id("west/1"), 1, now_).verdict, Verdict::Down) << "an older try says nothing new";
}

TEST_F(HealthTest, WhatAVantageToldIsToldWholeAgain) {
  EXPECT_FALSE(health_.told_report("tokyo", now_)) << "nothing yet";
  ASSERT_TRUE(say(report_of("tokyo", Verdict::Up)));
  now_ += 2s;
  ASSERT_TRUE(say(report_of("tokyo", Verdict::Down, {"west/1"})));
  const auto told = health_.told_report("tokyo", now_ + 1s);
  ASSERT_TRUE(told);
  EXPECT_EQ(std::pair(told->run, told->sequence), std::pair(uint64_t{7}, sequence_));
  ASSERT_EQ(told->targets.size(), 6u) << "not only what was told last";
  EXPECT_EQ(told->targets[0].verdict, Verdict::Down);
  EXPECT_EQ(told->targets[0].age, 1s);
  EXPECT_EQ(told->targets[1].verdict, Verdict::Up);
  EXPECT_EQ(told->targets[1].age, 3s);
  EXPECT_TRUE(health_.knows(*told));
  EXPECT_FALSE(health_.told_report("ns1", now_) || health_.told_report("osaka", now_));
}

TEST_F(HealthTest, TargetsOfAnotherConfigurationAreCounted) {
  VantageReport report = report_of("tokyo", Verdict::Up);
  report.targets[2].key = "mars/1";
  EXPECT_TRUE(say(report));
  EXPECT_EQ(health_.vantage(1, now_).unknown_targets, 1u);
  EXPECT_EQ(health_.vantage(1, now_).up, 5u);
}

TEST_F(HealthTest, AWorkersReportIsUnderstoodByANode) {
  Health worker(HealthConfig{.run = 99});
  worker.configure(plan_, {"tokyo"}, rules_, now_);
  worker.record(id("west/1"), fine(40ms), now_);
  worker.record(id("west/2"), fine(44ms), now_);
  VantageReport report = worker.make_report(false, now_);
  EXPECT_EQ(report.targets.size(), 2u);
  EXPECT_TRUE(say(report));
  EXPECT_EQ(health_.view(id("west/2"), 1, now_).rtt, 44ms);

  now_ += 5s;
  worker.record(id("west/2"), lost(), now_);
  report = worker.make_report(false, now_);
  ASSERT_EQ(report.targets.size(), 1u);
  EXPECT_TRUE(report.targets[0].failing);
  EXPECT_EQ(worker.make_report(false, now_).targets.size(), 0u);
  EXPECT_EQ(worker.make_report(true, now_).targets.size(), 2u);
  EXPECT_TRUE(say(report));
  EXPECT_TRUE(state("west/2").failing);
}

TEST_F(HealthTest, AReloadTouchesOnlyWhatItNames) {
  round({38, 80, 120});
  for (int i = 0; i < 3; ++i) record("europe/1", lost());
  say(report_of("tokyo", Verdict::Up));
  wait(3s);

  // One target and one region fewer, others in another order; a new one of each; a vantage gone.
  Plan plan;
  plan.regions = {"japan", "brazil", "europe"};
  plan.targets.push_back(make_target("brazil/1", 1, "192.0.2.200"));
  for (const Target& target : make_plan().targets) {
    if (target.region == 0 || target.key == "japan/1") continue;
    plan.targets.push_back(target);
    plan.targets.back().region = target.region == 1 ? 2 : 0;
  }
  for (size_t t = 0; t < plan.targets.size(); ++t) plan.targets[t].id = static_cast<TargetId>(t);
  configure(plan, {"ns1", "paris", "tokyo"});

  EXPECT_EQ(state("europe/1").quorum, Verdict::Up) << "a tie of ns1 and tokyo";
  EXPECT_EQ(health_.view(id("europe/1"), 0, now_).verdict, Verdict::Down);
  EXPECT_EQ(health_.view(id("europe/2"), 0, now_).tries, 1u);
  EXPECT_EQ(health_.view(id("europe/2"), 0, now_).age, 3s);
  EXPECT_EQ(health_.view(id("japan/2"), 2, now_).verdict, Verdict::Up) << "tokyo has another number";
  EXPECT_EQ(health_.view(id("japan/2"), 1, now_).verdict, Verdict::Unknown) << "and paris has said nothing";
  EXPECT_EQ(state("brazil/1").quorum, Verdict::Unknown);
  EXPECT_EQ(order(), "ej");
  record("brazil/1", fine(100ms));
  EXPECT_EQ(order(), "ebj");
  EXPECT_EQ(health_.view(2, Family::V4, 0, now_).held, 80ms);
}

TEST_F(HealthTest, BackAfterARestartWithAllThatWasKnown) {
  for (int i = 0; i < 12; ++i) {
    round({38, 80, 120});
    wait(5s);
  }
  round({84, 80, 120});
  wait(5s);
  round({84, 80, 120});  // within the margin of europe: west keeps its place
  for (int i = 0; i < 3; ++i) record("japan/1", lost());
  say(report_of("tokyo", Verdict::Up));
  wait(1s);
  const SavedState saved = health_.save(now_);

  Health after(HealthConfig{.run = 2});
  const Time later = Time(5s);  // another boot, another origin
  after.configure(plan_, {"ns1", "tokyo"}, rules_, later);
  after.restore(saved, 3s, later);
  after.tick(later);
  EXPECT_EQ(after.address_state(id("west/1"), kMajority, later).quorum, Verdict::Up);
  EXPECT_FALSE(after.address_state(id("west/1"), kMajority, later).fresh_start);
  EXPECT_EQ(after.view(id("japan/1"), 0, later).verdict, Verdict::Down);
  EXPECT_EQ(after.view(id("japan/1"), 0, later).age, 4s);
  EXPECT_EQ(after.view(id("japan/1"), 0, later).reason, "no answer within 2s (connect)");
  EXPECT_EQ(after.view(id("japan/1"), 1, later).verdict, Verdict::Up);
  EXPECT_EQ(text(after.rows(Family::V4).by_vantage[0]), "wej") << "the order, not the sort";
  EXPECT_EQ(after.view(0, Family::V4, 0, later).estimate, health_.view(0, Family::V4, 0, now_).estimate);
  EXPECT_EQ(after.view(0, Family::V4, 0, later).held, health_.view(0, Family::V4, 0, now_).held);
  // A verdict takes as many tries to change as it would have.
  after.record(id("japan/1"), fine(120ms), later);
  EXPECT_EQ(after.view(id("japan/1"), 0, later).verdict, Verdict::Down);
  after.record(id("japan/1"), fine(120ms), later);
  EXPECT_EQ(after.view(id("japan/1"), 0, later).verdict, Verdict::Up);
}

TEST_F(HealthTest, WhatIsTooOldIsNotBroughtBack) {
  round({38, 80, 120});
  const SavedState saved = health_.save(now_);
  Health after(HealthConfig{.run = 2});
  after.configure(plan_, {"ns1"}, rules_, now_);
  after.restore(saved, 24h + 1s, now_);
  after.tick(now_);
  EXPECT_EQ(after.view(id("west/1"), 0, now_).verdict, Verdict::Unknown);
  EXPECT_EQ(text(after.rows(Family::V4).by_vantage[0]), "");
}

TEST_F(HealthTest, NonsenseInASavedStateIsLeftOut) {
  round({38, 80, 120});
  SavedState saved = health_.save(now_);
  saved.vantages[0].targets[0].loss = NAN;
  saved.vantages[0].targets[1].key = "gone";
  saved.vantages.push_back({.name = "gone", .targets = saved.vantages[0].targets});
  saved.rows[0].cells.push_back({"gone", 1ms});
  saved.rows[0].cells.push_back(saved.rows[0].cells[0]);
  saved.rows[0].cells.push_back({"japan", -1ms});
  Health after(HealthConfig{.run = 2});
  after.configure(plan_, {"ns1"}, rules_, now_);
  after.restore(saved, 0s, now_);
  after.tick(now_);
  EXPECT_EQ(after.view(0, 0, now_).verdict, Verdict::Unknown);
  EXPECT_EQ(after.view(id("europe/1"), 0, now_).verdict, Verdict::Up);
  EXPECT_EQ(text(after.rows(Family::V4).by_vantage[0]), "ej");
}

}  // namespace
}  // namespace isochrone::health
