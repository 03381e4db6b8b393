// What vantages and gateways tell, as values of etcd: smaller than the text, and never larger than they may be.

#include "sync/live_values.h"

#include <gtest/gtest.h>

#include "probe/wire_json.h"
#include "sync/chunks.h"
#include "sync/recent_observations.h"

namespace isochrone::sync {
namespace {

using health::Observation;
using health::ObservationReport;

health::VantageReport vantage_report(int targets) {
  health::VantageReport report{.vantage = "tokyo", .run = 7, .sequence = 9, .targets = {}};
  for (int i = 0; i < targets; ++i) {
    health::TargetReport& target = report.targets.emplace_back();
    target.key = "192.0.2." + std::to_string(i) + " gateway gw.example /healthz";
    target.verdict = steer::Verdict::Up;
    target.rtt = std::chrono::microseconds(20'000 + i * 7919 % 5000);
  }
  return report;
}

ObservationReport window(uint64_t sequence, int networks = 1, const std::string& region = "west") {
  ObservationReport report{region, 7, sequence, 0, {}};
  for (uint32_t i = 0; i < static_cast<uint32_t>(networks); ++i) {
    const uint32_t scattered = i * 2654435761u;
    Observation seen;
    seen.network = *Prefix::parse("10." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) + ".0/24");
    seen.samples = 1 + scattered % 1000;
    seen.rtt = std::chrono::microseconds(20'000 + (scattered >> 8) % 200'000);
    seen.least = std::chrono::microseconds(1 + (scattered >> 16) % 20'000);
    report.networks.push_back(seen);
  }
  return report;
}

std::vector<uint64_t> sequences(const std::vector<ObservationReport>& reports) {
  std::vector<uint64_t> out;
  for (const ObservationReport& report : reports) out.push_back(report.sequence);
  return out;
}

TEST(LiveValues, AReportComesBackFromEitherFormat) {
  const auto report = vantage_report(60);
  const std::string value = encode_vantage(report), text = probe::encode_report(report);
  EXPECT_LT(value.size() * 4, text.size());
  for (const std::string& format : {value, text}) {
    const auto back = decode_vantage(format);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->sequence, 9u);
    ASSERT_EQ(back->targets.size(), 60u);
    EXPECT_EQ(back->targets[59].rtt, report.targets[59].rtt);
  }
}

TEST(LiveValues, WhatIsNoReportIsAnError) {
  const std::string value = encode_vantage(vantage_report(3));
  for (const std::string& bad : {std::string(), std::string("\x03later"), std::string("[]"), std::string("{}"), std::string("x"), value.substr(0, 20),
                                 pack("{}"), pack(""), pack(std::string(probe::kMaxReportSize + 1, ' '))}) {
    EXPECT_FALSE(decode_vantage(bad)) << bad.substr(0, 20);
  }
  const ObservationReport good[] = {window(1)};
  EXPECT_TRUE(decode_observed(encode_observed(good), "west"));
  EXPECT_FALSE(decode_observed(encode_observed(good), "east")) << "another region's";
  const ObservationReport forged[] = {window(1), window(2, 1, "east")};
  EXPECT_FALSE(decode_observed(encode_observed(forged), "west"));
  for (const std::string& bad : {std::string(), probe::encode_observations(good[0]), pack("{}\n"), pack("\n"), pack(std::string(10 << 20, '\n'))})
    EXPECT_FALSE(decode_observed(bad, "west"));
}

TEST(LiveValues, NoMoreReportsThanAMinuteHasAreRead) {
  const std::vector<ObservationReport> many(101, window(1));
  EXPECT_FALSE(decode_observed(encode_observed(many), "west"));
}

TEST(RecentObservations, AMinuteIsKeptAndAgesWithIt) {
  RecentObservations recent;
  Time now{};
  EXPECT_EQ(recent.value(now), "");
  for (uint64_t i = 1; i <= 9; ++i) recent.add(window(i), now += 10s);
  const auto told = decode_observed(recent.value(now + 1s), "west");
  ASSERT_TRUE(told);
  EXPECT_EQ(sequences(*told), (std::vector<uint64_t>{3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(told->front().networks.at(0).age, 61s);
  EXPECT_EQ(told->back().networks.at(0).age, 1s);
  EXPECT_EQ(sequences(recent.since(7, now)), (std::vector<uint64_t>{8, 9}));
  EXPECT_TRUE(recent.since(9, now).empty());
}

TEST(RecentObservations, OfTooMuchTheOldestGoes) {
  RecentObservations recent;
  const Time now{};
  for (uint64_t i = 1; i <= 6; ++i) recent.add(window(i, 3000), now);
  std::string value = recent.value(now);
  EXPECT_LE(value.size(), kMostObservedValue);
  EXPECT_EQ(decode_observed(value, "west")->back().sequence, 6u);
  recent.add(window(7, 15'000), now);
  value = recent.value(now);
  EXPECT_LT(value.size(), size_t{1} << 20);
  EXPECT_EQ(sequences(*decode_observed(value, "west")), (std::vector<uint64_t>{7}));
}

}  // namespace
}  // namespace isochrone::sync
