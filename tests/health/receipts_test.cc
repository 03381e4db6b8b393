#include "health/receipts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace isochrone::health {
namespace {

Plan plan_of(const std::vector<std::string>& keys) {
  Plan plan;
  for (const std::string& key : keys) {
    Target& target = plan.targets.emplace_back();
    target.id = static_cast<TargetId>(plan.targets.size() - 1);
    target.key = key;
  }
  return plan;
}

Time at(int second) { return Time(std::chrono::seconds(1000 + second)); }

Outcome fine() { return {}; }

Outcome failed(std::string reason, Failure failure = Failure::Refused) {
  Outcome outcome;
  outcome.failure = failure;
  outcome.reason = std::move(reason);
  return outcome;
}

Receipts made(size_t each, const std::vector<std::string>& keys = {"a"}) {
  Receipts receipts(each);
  receipts.configure(plan_of(keys));
  return receipts;
}

// "9s refused", newest first.
std::vector<std::string> told(const std::vector<Receipt>& receipts) {
  std::vector<std::string> out;
  for (const Receipt& receipt : receipts) out.push_back(to_text(receipt.age) + " " + (receipt.outcome.ok() ? "fine" : receipt.outcome.reason));
  return out;
}

using Told = std::vector<std::string>;

TEST(Receipts, TheLastFewAreKeptNewestFirst) {
  Receipts receipts = made(3);
  EXPECT_TRUE(receipts.read(0, at(0)).empty());
  EXPECT_TRUE(receipts.read(7, at(0)).empty());  // no target of the plan
  for (int second = 0; second < 5; ++second) receipts.add(0, fine(), at(second));
  EXPECT_EQ(told(receipts.read(0, at(10))), (Told{"6s fine", "7s fine", "8s fine"}));
}

TEST(Receipts, TheFailuresOfTheLastOutageOutliveTheRing) {
  Receipts receipts = made(2);
  receipts.add(0, failed("older"), at(0));
  receipts.add(0, fine(), at(1));
  for (int second = 2; second < 5; ++second) receipts.add(0, failed("at " + std::to_string(second)), at(second));
  EXPECT_EQ(told(receipts.read(0, at(5))), (Told{"1s at 4", "2s at 3", "3s at 2"}));  // the first of the outage comes after the ring
  for (int second = 5; second < 9; ++second) receipts.add(0, fine(), at(second));
  EXPECT_EQ(told(receipts.read(0, at(10))), (Told{"2s fine", "3s fine", "6s at 4", "8s at 2"}));
  receipts.add(0, failed("again"), at(10));
  EXPECT_EQ(told(receipts.read(0, at(10))), (Told{"0s again", "2s fine"}));
}

TEST(Receipts, WhatFailsHereIsNoFailureOfTheTarget) {
  Receipts receipts = made(1);
  receipts.add(0, failed("down"), at(0));
  receipts.add(0, failed("no descriptor", Failure::Local), at(1));
  receipts.add(0, failed("still down"), at(2));
  EXPECT_EQ(told(receipts.read(0, at(2))), (Told{"0s still down", "2s down"}));
}

TEST(Receipts, NoneOfTheTriesMayBeWanted) {
  Receipts receipts = made(0);
  receipts.add(0, fine(), at(0));
  receipts.add(0, failed("down"), at(1));
  receipts.add(0, fine(), at(2));
  EXPECT_EQ(told(receipts.read(0, at(2))), (Told{"1s down"}));
}

TEST(Receipts, AReloadKeepsThemByKey) {
  Receipts receipts = made(3, {"a", "b"});
  for (int second = 0; second < 4; ++second) receipts.add(1, failed("at " + std::to_string(second)), at(second));
  receipts.configure(plan_of({"b", "c"}));
  EXPECT_EQ(told(receipts.read(0, at(4))), (Told{"1s at 3", "2s at 2", "3s at 1", "4s at 0"}));
  EXPECT_TRUE(receipts.read(1, at(4)).empty());
  receipts.add(0, fine(), at(4));
  EXPECT_EQ(told(receipts.read(0, at(4))), (Told{"0s fine", "1s at 3", "2s at 2", "4s at 0"}));
}

TEST(Receipts, ManyTargetsShareOneBound) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < kMostReceipts / 2; ++i) keys.push_back(std::to_string(i));
  Receipts receipts = made(100, keys);
  for (int second = 0; second < 5; ++second) receipts.add(7, fine(), at(second));
  EXPECT_EQ(receipts.read(7, at(5)).size(), 2u);
  receipts.configure(plan_of({"7"}));  // there is room again
  for (int second = 5; second < 8; ++second) receipts.add(0, fine(), at(second));
  EXPECT_EQ(told(receipts.read(0, at(8))), (Told{"1s fine", "2s fine", "3s fine", "4s fine", "5s fine"}));
  receipts.configure(plan_of(keys));
  EXPECT_EQ(told(receipts.read(7, at(8))), (Told{"1s fine", "2s fine"}));
}

TEST(Receipts, TheSameEvidenceIsKeptOnce) {
  Receipts receipts = made(2);
  for (int second = 0; second < 2; ++second) {
    Outcome outcome;
    outcome.evidence = evidence_of("ok");
    receipts.add(0, outcome, at(second));
  }
  const auto kept = receipts.read(0, at(2));
  EXPECT_EQ(kept[0].outcome.evidence, kept[1].outcome.evidence);
}

TEST(Receipts, NewsAreAttachedToAReportAndTaken) {
  Receipts worker = made(0, {"x", "a", "b"}), node = made(5, {"a", "b"});
  worker.add(1, failed("first"), at(0));
  worker.add(1, failed("last"), at(4));
  worker.add(2, fine(), at(4));
  VantageReport report{.vantage = "tokyo", .run = 1, .sequence = 1, .targets = {}};
  for (const char* key : {"a", "b", "unknown"}) report.targets.emplace_back().key = key;
  worker.attach(report, at(5));
  ASSERT_EQ(report.targets[0].receipts.size(), 2u);
  EXPECT_TRUE(report.targets[1].receipts.empty());
  node.take(report, at(6));
  EXPECT_EQ(told(node.read("tokyo", 0, at(6))), (Told{"1s last", "5s first"}));
  EXPECT_TRUE(node.read("paris", 0, at(6)).empty());
  EXPECT_TRUE(node.read(0, at(6)).empty());  // no try of its own

  Receipts other = made(5, {"a", "b"});
  for (TargetReport& target : report.targets) target.receipts.clear();
  node.attach_told(report, at(7));  // as a node passes it on
  other.take(report, at(7));
  EXPECT_EQ(told(other.read("tokyo", 0, at(7))), (Told{"2s last", "6s first"}));
  for (TargetReport& target : report.targets) target.receipts.clear();
  node.attach_told(report, at(6) + kNews);
  EXPECT_TRUE(report.targets[0].receipts.empty());

  for (TargetReport& target : report.targets) target.receipts.clear();
  worker.attach(report, at(4) + kNews + 1s);  // no news any more
  EXPECT_TRUE(report.targets[0].receipts.empty());
  node.take(report, at(30));
  EXPECT_EQ(told(node.read("tokyo", 0, at(30))), (Told{"25s last", "29s first"}));
  node.configure(plan_of({"b"}));
  node.configure(plan_of({"a", "b"}));
  EXPECT_TRUE(node.read("tokyo", 0, at(30)).empty());
}

// What Health::save() gives, with the receipts beside it.
SavedState saved_by(const Receipts& receipts, const std::vector<std::string>& keys, Time now) {
  SavedState state;
  for (const char* vantage : {"own", "tokyo"}) {
    SavedVantage& saved = state.vantages.emplace_back();
    saved.name = vantage;
    for (const std::string& key : keys) saved.targets.emplace_back().key = key;
  }
  receipts.save(state, "own", now);
  return state;
}

TEST(Receipts, FailuresAreKeptOverARestart) {
  const std::vector<std::string> keys{"a", "b"};
  Receipts before = made(3, keys), after = made(3, {"b", "c", "a"});
  for (int second = 0; second < 4; ++second) before.add(0, failed("at " + std::to_string(second)), at(second));
  before.add(1, fine(), at(3));
  VantageReport report{.vantage = "tokyo", .run = 1, .sequence = 1, .targets = {}};
  report.targets.emplace_back().key = "b";
  report.targets[0].receipts = {{1s, failed("told last")}, {3s, failed("told first")}};
  before.take(report, at(4));

  SavedState state = saved_by(before, keys, at(5));
  EXPECT_TRUE(state.vantages[0].targets[1].receipts.empty());
  state.vantages[0].targets[0].verdict = steer::Verdict::Down;
  after.restore(state, "own", 60s, 1h, at(100));
  EXPECT_EQ(told(after.read(2, at(101))), (Told{"63s at 3", "66s at 0"})) << "the other tries are not";
  EXPECT_EQ(told(after.read("tokyo", 0, at(101))), (Told{"63s told last", "65s told first"}));
  EXPECT_TRUE(after.read(0, at(101)).empty());

  after.add(2, failed("still"), at(102));
  EXPECT_EQ(told(after.read(2, at(102))), (Told{"0s still", "67s at 0"})) << "the outage goes on";

  Receipts later = made(3, keys), gone = made(3, {"c"});
  later.restore(state, "own", 50s, 53s, at(100));
  EXPECT_EQ(told(later.read(0, at(100))), (Told{"52s at 3"})) << "what is too old is left out";
  gone.restore(state, "own", 0s, 1h, at(100));
  EXPECT_TRUE(gone.read(0, at(100)).empty() && gone.read("tokyo", 0, at(100)).empty());
}

TEST(Receipts, AfterAnOutageThatEndedTheNextOneIsAnother) {
  Receipts before = made(3), after = made(3);
  before.add(0, failed("then"), at(0));
  before.add(0, fine(), at(1));
  SavedState state = saved_by(before, {"a"}, at(2));
  state.vantages[0].targets[0].verdict = steer::Verdict::Up;
  after.restore(state, "own", 0s, 1h, at(2));
  EXPECT_EQ(told(after.read(0, at(2))), (Told{"2s then"}));
  after.add(0, failed("now"), at(3));
  EXPECT_EQ(told(after.read(0, at(3))), (Told{"0s now"}));
}

TEST(Receipts, OfManyTargetsSomeAreSaved) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < kMostSavedTargets + 50; ++i) keys.push_back(std::to_string(i));
  Receipts receipts = made(1, keys);
  for (TargetId target = 0; target < keys.size(); ++target) receipts.add(target, failed("down"), at(0));
  const SavedState state = saved_by(receipts, keys, at(1));
  EXPECT_EQ(std::ranges::count_if(state.vantages[0].targets, [](const SavedTarget& t) { return !t.receipts.empty(); }),
            static_cast<std::ptrdiff_t>(kMostSavedTargets));
}

TEST(Receipts, AReportHoldsSomeOfManyAndTheNextOneOthers) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < 2 * kMostAttachedTargets; ++i) keys.push_back(std::to_string(i));
  Receipts worker = made(0, keys), node = made(0, keys);
  for (TargetId id = 0; id < keys.size(); ++id) worker.add(id, failed("down"), at(0));
  const auto report_once = [&] {
    VantageReport report{.vantage = "tokyo", .run = 1, .sequence = 1, .targets = {}};
    for (const std::string& key : keys) report.targets.emplace_back().key = key;
    worker.attach(report, at(1));
    node.take(report, at(1));
    return std::ranges::count_if(report.targets, [](const TargetReport& target) { return !target.receipts.empty(); });
  };
  EXPECT_EQ(report_once(), static_cast<long>(kMostAttachedTargets));
  EXPECT_EQ(report_once(), static_cast<long>(kMostAttachedTargets));
  for (TargetId id = 0; id < keys.size(); ++id) EXPECT_EQ(node.read("tokyo", id, at(1)).size(), 1u) << id;
}

TEST(Receipts, WhatAVantageTellsIsBounded) {
  std::vector<std::string> keys;
  for (size_t i = 0; i <= kMostToldTargets; ++i) keys.push_back(std::to_string(i));
  Receipts node = made(0, keys);
  for (size_t i = 0; i < keys.size(); ++i) {
    VantageReport report{.vantage = "tokyo", .run = 1, .sequence = 1, .targets = {}};
    TargetReport& target = report.targets.emplace_back();
    target.key = keys[i];
    target.receipts = {{1s, failed("down")}};
    node.take(report, at(static_cast<int>(i)));
  }
  EXPECT_TRUE(node.read("tokyo", 0, at(5000)).empty());  // heard of longest ago
  EXPECT_EQ(node.read("tokyo", 1, at(5000)).size(), 1u);
  EXPECT_EQ(node.read("tokyo", static_cast<TargetId>(kMostToldTargets), at(5000)).size(), 1u);
}

}  // namespace
}  // namespace isochrone::health
