#include "util/percent.h"

#include <gtest/gtest.h>

namespace isochrone {
namespace {

using namespace std::string_view_literals;

TEST(PercentEncoded, MakesOneValueOfAnyText) {
  struct Case {
    const char* name;
    std::string_view text, expected;
  };
  for (const Case& c : {
           Case{"nothing", "", ""},
           {"what RFC 3986 leaves alone", "azAZ09-._~", "azAZ09-._~"},
           {"what would end a value", "a&b=c?d#e/f", "a%26b%3Dc%3Fd%23e%2Ff"},
           {"the sign itself, a space, a plus", "100% +", "100%25%20%2B"},
           {"octets beyond ASCII, one by one", "\xc3\xa9", "%C3%A9"},
           {"an octet of zero", "a\0b"sv, "a%00b"},
           {"a prefix", "2001:db8::/32", "2001%3Adb8%3A%3A%2F32"},
       })
    EXPECT_EQ(percent_encoded(c.text), c.expected) << c.name;
}

}  // namespace
}  // namespace isochrone
