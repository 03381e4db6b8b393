#include "util/duration.h"

#include <gtest/gtest.h>

namespace isochrone {
namespace {

TEST(Duration, IsOneNumberAndOneUnit) {
  struct Case {
    const char* text;
    std::optional<Duration> expected;
  };
  for (const Case& c : {
           Case{"250ms", 250ms},
           {"30s", 30s},
           {"5m", 5min},
           {"24h", 24h},
           {"7d", 7 * 24h},
           {"0s", 0s},
           {"1.5s", 1500ms},
           {"0.5ms", std::chrono::microseconds(500)},
           {"", {}},
           {"5", {}},          // no unit
           {"s", {}},          // no number
           {"-5s", {}},
           {"+5s", {}},
           {" 5s", {}},
           {"5 s", {}},
           {"5s ", {}},
           {"5S", {}},
           {"5sec", {}},
           {"1h30m", {}},      // one number
           {"1e3s", {}},
           {"0x10s", {}},
           {"infs", {}},
           {"nans", {}},
           {".5s", {}},
           {"1000000d", {}},   // 2,700 years do not fit
       })
    EXPECT_EQ(parse_duration(c.text), c.expected) << c.text;
}

TEST(Duration, IsPrintedInTheShortestOfItsForms) {
  struct Case {
    Duration duration;
    const char* text;
  };
  for (const Case& c : {
           Case{0s, "0s"},
           {std::chrono::microseconds(20), "0.020ms"},
           {250ms, "250ms"},
           {1500ms, "1.5s"},
           {std::chrono::microseconds(999'400), "999ms"},
           {std::chrono::microseconds(999'900), "1s"},
           {599s, "599s"},
           {599'900ms, "10m"},
           {600s, "10m"},
           {36h, "36h"},
           {7 * 24h, "7d"},
           {1000 * 24h, "1000d"},
       })
    EXPECT_EQ(to_text(c.duration), c.text);
}

TEST(Duration, WhatIsPrintedIsUnderstood) {
  for (Duration duration = 1ms; duration < 50'000 * 24h; duration += duration / 3 + 1ms) {
    const auto again = parse_duration(to_text(duration));
    ASSERT_TRUE(again) << to_text(duration);
    EXPECT_NEAR(to_seconds(*again) / to_seconds(duration), 1, 0.006) << to_text(duration);
  }
}

}  // namespace
}  // namespace isochrone
