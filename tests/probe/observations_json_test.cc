#include <gtest/gtest.h>

#include "probe/wire_json.h"

namespace isochrone::probe::testing {
namespace {

TEST(ObservationsJson, ComeBackAsTheyWere) {
  health::ObservationReport report{.region = "japaneast", .run = 7, .sequence = 3, .forgotten = 2};
  report.networks.push_back({*Prefix::parse("192.0.2.0/24"), 12, 23400us, 1200us, 21ms, 1500ms});
  report.networks.push_back({*Prefix::parse("2001:db8:1::/48"), 1, 1us, 0us, 1us, 0s});
  const auto back = decode_observations(encode_observations(report));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->region, "japaneast");
  EXPECT_EQ(back->run, 7u);
  EXPECT_EQ(back->sequence, 3u);
  EXPECT_EQ(back->forgotten, 2u);
  ASSERT_EQ(back->networks.size(), 2u);
  const health::Observation& seen = back->networks[0];
  EXPECT_EQ(seen.network.to_text(), "192.0.2.0/24");
  EXPECT_EQ(seen.samples, 12u);
  EXPECT_EQ(seen.rtt, Duration(23400us));
  EXPECT_EQ(seen.spread, Duration(1200us));
  EXPECT_EQ(seen.least, Duration(21ms));
  EXPECT_EQ(seen.age, Duration(1500ms));
}

TEST(ObservationsJson, WhatIsAbsurdIsSaidByItsField) {
  const auto whole = [](const std::string& network) {
    return R"({"region": "r", "run": 1, "sequence": 1, "networks": [{"network": "192.0.2.0/24", "samples": 1, "rtt_us": 5, "least_us": 5}, )" + network + "]}";
  };
  const struct {
    std::string text, fault;
  } rows[] = {
      {"hello", "not JSON"},
      {"[]", "report: expected an object"},
      {R"({"region": "", "run": 1, "sequence": 1, "networks": []})", "report.region: expected text"},
      {R"({"region": "r", "run": 1, "networks": []})", "report.sequence: expected a number above 0"},
      {R"({"region": "r", "run": 1, "sequence": 1})", "report.networks: expected a list"},
      {R"({"region": "r", "run": 1, "sequence": 1, "networks": [], "extra": 1})", "report.extra: unknown field"},
      {whole(R"({"network": "192.0.2.1/24", "samples": 1, "rtt_us": 5, "least_us": 5})"), "networks[1].network: bits are set beyond the prefix"},
      {whole(R"({"network": "home", "samples": 1, "rtt_us": 5, "least_us": 5})"), "networks[1].network: expected a prefix such as 192.0.2.0/24"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 0, "rtt_us": 5, "least_us": 5})"), "networks[1].samples: expected an integer from 1 to 4294967295"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": 0, "least_us": 5})"), "networks[1].rtt_us: expected an integer from 1 to 60000000"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": 1e12, "least_us": 5})"), "networks[1].rtt_us: expected an integer from 1 to 60000000"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": "NaN", "least_us": 5})"), "networks[1].rtt_us: expected an integer from 1 to 60000000"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": NaN, "least_us": 5})"), "not JSON"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": -5, "least_us": 5})"), "networks[1].rtt_us: expected an integer from 1 to 60000000"},
      {whole(R"({"network": "192.0.2.0/24", "samples": 1, "rtt_us": 5, "least_us": 5, "age_ms": -1})"), "networks[1].age_ms: expected an integer from 0 to 86400000"},
  };
  for (const auto& row : rows) {
    const auto report = decode_observations(row.text);
    ASSERT_FALSE(report) << row.text;
    EXPECT_EQ(report.error().text, row.fault);
  }
  std::string many = R"({"region": "r", "run": 1, "sequence": 1, "networks": [1)";
  for (size_t i = 0; i < health::Observers::kMostNetworks; ++i) many += ",1";
  EXPECT_EQ(decode_observations(many + "]}").error().text, "report.networks: expected a list of at most 20000");
}

}  // namespace
}  // namespace isochrone::probe::testing
