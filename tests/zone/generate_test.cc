#include "zone/generate.h"

#include <gtest/gtest.h>

namespace isochrone::zone {
namespace {

template <typename T>
std::string told(const Result<T>& result) {
  if (!result) return result.error().text;
  if constexpr (std::is_same_v<T, std::string>) {
    return *result;
  } else {
    return std::to_string(result->start) + " " + std::to_string(result->stop) + " " + std::to_string(result->step) + " " +
           std::to_string(result->count());
  }
}

TEST(Generate, Ranges) {
  const std::pair<const char*, const char*> cases[] = {
      {"1-3", "1 3 1 3"},
      {"0-254/2", "0 254 2 128"},
      {"7-7", "7 7 1 1"},
      {"1-10/4", "1 10 4 3"},
      {"0-999999", "0 999999 1 1000000"},
      {"0-1000000", "range '0-1000000' makes 1000001 records; expected at most 1000000"},
      {"5-1", "range '5-1' is empty; expected its start not to be above its end"},
      {"1-10/0", "'1-10/0' is not a range; expected e.g. '1-100' or '0-254/2'"},
      {"1", "'1' is not a range; expected e.g. '1-100' or '0-254/2'"},
      {"1-", "'1-' is not a range; expected e.g. '1-100' or '0-254/2'"},
      {"a-b", "'a-b' is not a range; expected e.g. '1-100' or '0-254/2'"},
      {"1-4294967296", "'1-4294967296' is not a range; expected e.g. '1-100' or '0-254/2'"},
      {"1/2-3", "'1/2-3' is not a range; expected e.g. '1-100' or '0-254/2'"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(told(parse_generate_range(text)), expected) << text;
}

TEST(Generate, Expansion) {
  const struct {
    const char* text;
    uint32_t value;
    const char* expected;
  } cases[] = {
      {"host$", 7, "host7"},
      {"$.$", 7, "7.7"},
      {"plain", 7, "plain"},
      {"a$$b", 7, "a$b"},
      {"a\\$b", 7, "a$b"},
      {"a\\.$", 7, "a\\.7"},
      {"${0}", 7, "7"},
      {"${10}", 7, "17"},
      {"${-3}", 7, "4"},
      {"${0,3}", 7, "007"},
      {"${0,3,d}", 7, "007"},
      {"${0,2,x}", 171, "ab"},
      {"${0,4,X}", 171, "00AB"},
      {"${0,0,o}", 8, "10"},
      {"${0,2,n}", 10, "a."},
      {"${0,3,n}", 10, "a.0"},
      {"${0,7,N}", 171, "B.A.0.0"},
      {"${0,0,n}", 4660, "4.3.2.1"},
      {"${-8}", 7, "'${-8}' makes the negative number -1; expected a larger start or offset"},
      {"${0", 7, "'${0' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
      {"${}", 7, "'${}' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
      {"${0,1,z}", 7, "'${0,1,z}' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
      {"${0,256}", 7, "'${0,256}' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
      {"${0,1,d,1}", 7, "'${0,1,d,1}' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
  };
  for (const auto& test : cases) EXPECT_EQ(told(expand_generate(test.text, test.value)), test.expected) << test.text;
}

}  // namespace
}  // namespace isochrone::zone
