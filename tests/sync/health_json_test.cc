#include "sync/health_json.h"

#include <gtest/gtest.h>

namespace isochrone::sync {
namespace {

health::SavedState example() {
  health::SavedTarget target;
  target.key = "192.0.2.1 gateway";
  target.verdict = steer::Verdict::Down;
  target.failing = true;
  target.age = 1500ms;
  target.since = 10min;
  target.rtt = 38250us;
  target.rtt_age = 3s;
  target.spread = 2ms;
  target.loss = 0.25;
  target.reason = "connection refused";
  target.certificate_expiry = 1800000000;
  target.probes = 60;
  target.lost = 15;
  target.receipts.resize(2);
  for (size_t i = 0; i < 2; ++i) {
    target.receipts[i].age = std::chrono::seconds(2 + 500 * i);
    target.receipts[i].outcome.failure = health::Failure::Refused;
    target.receipts[i].outcome.reason = "connection refused";
  }
  health::SavedTarget bare;
  bare.key = "2001:db8::1 gateway";
  health::SavedRow row{"tokyo", Family::V6, {{"japaneast", 3ms}, {"westus2", 105ms}}};
  return {{{"tokyo", {target, bare}}}, {row, {"", Family::V4, {}}}, {{"z.example/app", "westus2", 17, 4s}}};
}

TEST(HealthJson, ComesBackAsItWas) {
  const health::SavedState state = example();
  const auto back = decode_health(encode_health(state));
  ASSERT_TRUE(back) << back.error().text;
  ASSERT_EQ(back->vantages.size(), 1u);
  const health::SavedTarget& target = back->vantages[0].targets[0];
  EXPECT_EQ(target.key, "192.0.2.1 gateway");
  EXPECT_EQ(target.verdict, steer::Verdict::Down);
  EXPECT_EQ(target.since, Duration(10min));
  EXPECT_EQ(target.rtt, Duration(38250us));
  EXPECT_EQ(target.spread, Duration(2ms));
  EXPECT_EQ(target.loss, 0.25);
  EXPECT_EQ(target.certificate_expiry, 1800000000);
  EXPECT_EQ(target.lost, 15u);
  ASSERT_EQ(target.receipts.size(), 2u);
  EXPECT_EQ(target.receipts[1].age, Duration(502s));
  EXPECT_EQ(target.receipts[1].outcome.failure, health::Failure::Refused);
  EXPECT_EQ(target.receipts[1].outcome.reason, "connection refused");
  EXPECT_FALSE(back->vantages[0].targets[1].rtt);
  ASSERT_EQ(back->rows.size(), 2u);
  EXPECT_EQ(back->rows[0].family, Family::V6);
  ASSERT_EQ(back->rows[0].cells.size(), 2u);
  EXPECT_EQ(back->rows[0].cells[1].region, "westus2");
  EXPECT_EQ(back->rows[0].cells[1].held, Duration(105ms));
  ASSERT_EQ(back->reliefs.size(), 1u);
  EXPECT_EQ(back->reliefs[0].pool, "z.example/app");
  EXPECT_EQ(back->reliefs[0].gateway, "westus2");
  EXPECT_EQ(back->reliefs[0].level, 17);
  EXPECT_EQ(back->reliefs[0].age, Duration(4s));
  EXPECT_EQ(encode_health(*back), encode_health(state));
}

TEST(HealthJson, AFileOfAVersionWithoutReliefsAndReceiptsIsRead) {
  health::SavedState state = example();
  state.reliefs.clear();
  state.vantages[0].targets[0].receipts.clear();
  const std::string old = encode_health(state);
  EXPECT_EQ(old.find("reliefs"), old.npos);
  EXPECT_EQ(old.find("receipts"), old.npos);
  const auto back = decode_health(old);
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->vantages.size(), 1u);
  EXPECT_TRUE(back->reliefs.empty());
}

TEST(HealthJson, ABadReceiptIsLeftOut) {
  std::string text = encode_health(example());
  const std::string_view field = "\"age_ms\":2000";
  const size_t at = text.find(field);
  ASSERT_NE(at, text.npos);
  const auto back = decode_health(text.replace(at, field.size(), "\"age_ms\":-1"));
  ASSERT_TRUE(back) << back.error().text;
  ASSERT_EQ(back->vantages[0].targets[0].receipts.size(), 1u);
  EXPECT_EQ(back->vantages[0].targets[0].receipts[0].age, Duration(502s));
}

TEST(HealthJson, GarbageIsAnError) {
  for (const char* text : {"", "[]", "{", "{\"vantages\": 3, \"rows\": []}", "{\"vantages\": [{}], \"rows\": []}",
                           "{\"vantages\": [{\"name\": \"a\", \"targets\": [{\"key\": 1}]}], \"rows\": []}",
                           "{\"vantages\": [], \"rows\": [{\"vantage\": \"a\", \"family\": 4, \"cells\": [[\"r\", 1e300]]}]}"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(decode_health(text));
  }
}

TEST(HealthJson, ANumberThatDoesNotFitIsAnError) {
  const std::string good = encode_health(example());
  struct Case {
    const char* name;
    std::string_view field, value;
  };
  for (const Case& c : {
           Case{"a verdict beyond the last", "\"verdict\":2", "\"verdict\":3"},
           {"a verdict that is no whole number", "\"verdict\":2", "\"verdict\":1.5"},
           {"a verdict far beyond any int", "\"verdict\":2", "\"verdict\":1e300"},
           {"fewer probes than none", "\"lost\":15", "\"lost\":-1"},
           {"more probes than are counted", "\"lost\":15", "\"lost\":4294967296"},
           {"the least of all durations, which has no absolute value", "\"rtt\":38250", "\"rtt\":-9223372036854775808"},
           {"a duration that would wrap to it", "\"rtt\":38250", "\"rtt\":9223372036854775808"},
           {"a relief below none", "\"level\":17", "\"level\":-1"},
           {"a relief beyond the last step", "\"level\":17", "\"level\":341"},
           {"a relief of no whole steps", "\"level\":17", "\"level\":1.5"},
           {"a relief without a level", "\"level\":17", "\"steps\":17"},
           {"a relief of a pool that is no name", "\"pool\":\"z.example/app\"", "\"pool\":7"},
           {"a date beyond 64 bits", "\"certificate_expiry\":1800000000", "\"certificate_expiry\":18446744073709551615"},
       }) {
    std::string text = good;
    const size_t at = text.find(c.field);
    ASSERT_NE(at, text.npos) << c.name;
    text.replace(at, c.field.size(), c.value);
    EXPECT_FALSE(decode_health(text)) << c.name;
  }
}

TEST(HealthJson, EveryPrefixOfAFileIsAnErrorAndNoCrash) {
  const std::string whole = encode_health(example());
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(decode_health(std::string_view(whole).substr(0, n)));
}

}  // namespace
}  // namespace isochrone::sync
