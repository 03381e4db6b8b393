#include "node/refusals.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

TEST(Refusals, AreSaidOnceAMinuteAndWhenTheReasonIsAnother) {
  Refusals refusals;
  const Time start{};
  EXPECT_TRUE(refusals.worth_saying("tokyo", "unknown token", start));
  EXPECT_FALSE(refusals.worth_saying("tokyo", "unknown token", start + 59s));
  EXPECT_TRUE(refusals.worth_saying("paris", "unknown token", start + 59s)) << "another sender";
  EXPECT_TRUE(refusals.worth_saying("tokyo", "unknown token", start + 60s));
  EXPECT_TRUE(refusals.worth_saying("tokyo", "a replay", start + 61s));
  EXPECT_TRUE(refusals.over("tokyo"));
  EXPECT_FALSE(refusals.over("tokyo"));
  EXPECT_TRUE(refusals.worth_saying("tokyo", "a replay", start + 62s));
}

TEST(Refusals, AThousandStrangersDoNotFillTheLog) {
  Refusals refusals;
  int said = 0;
  for (int i = 0; i < 1000; ++i) said += refusals.worth_saying("stranger " + std::to_string(i), "unknown token", Time{});
  EXPECT_LT(said, 500);
  EXPECT_TRUE(refusals.worth_saying("tokyo", "unknown token", Time{} + 1min)) << "those of a minute ago are forgotten";
}

}  // namespace
}  // namespace isochrone::node
