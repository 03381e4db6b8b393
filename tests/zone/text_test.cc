#include "zone/text.h"

#include <gtest/gtest.h>

namespace isochrone::zone {
namespace {

TEST(Text, Ttls) {
  const std::pair<const char*, std::optional<uint32_t>> cases[] = {
      {"0", 0},
      {"300", 300},
      {"2147483647", 2147483647},
      {"2147483648", {}},
      {"99999999999999999999", {}},
      {"1h30m", 5400},
      {"1W2D3H4M5S", 604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5},
      {"90m", 5400},
      {"3550w", 2147040000},
      {"3551w", {}},
      {"", {}},
      {"h", {}},
      {"1h30", {}},
      {"1hh", {}},
      {"1y", {}},
      {"-1", {}},
      {"+1", {}},
      {"1.5h", {}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_ttl(text), expected) << text;
}

TEST(Text, Names) {
  const wire::Name origin = wire::Name::parse("example.").value();
  const std::string label63(63, 'x'), label64(64, 'x');
  const std::string long_name = label63 + "." + label63 + "." + label63 + ".";  // 192 octets
  const struct {
    std::string text;
    const char* expected;  // presentation format, or the fault
  } cases[] = {
      {"@", "example."},
      {"\\@", "\\@.example."},
      {".", "."},
      {"www", "www.example."},
      {"www.", "www."},
      {"a.b", "a.b.example."},
      {"WwW", "WwW.example."},
      {"a\\.b", "a\\.b.example."},
      {"a\\.b.c.", "a\\.b.c."},
      {"\\065\\000", "A\\000.example."},
      {"*", "*.example."},
      {label63, "ok"},
      {label64, "has a label of more than 63 octets"},
      {long_name + std::string(61, 'y') + ".", "ok"},  // 254 + root
      {long_name + std::string(62, 'y') + ".", "is longer than 255 octets"},
      {long_name + std::string(53, 'y'), "ok"},  // + 9 of the origin
      {long_name + std::string(54, 'y'), "is longer than 255 octets"},
      {std::string(400, 'y'), "has a label of more than 63 octets"},
      {long_name + long_name, "is longer than 255 octets"},
      {"", "has an empty label"},
      {"..", "has an empty label"},
      {".a", "has an empty label"},
      {"a..b", "has an empty label"},
      {"a\\", "has a bad escape"},
      {"a\\25", "has a bad escape"},
      {"a\\256", "has a bad escape"},
      {"a\\2x6", "has a bad escape"},
  };
  for (const auto& test : cases) {
    NameBuffer name;
    const Fault fault = parse_name(test.text, origin.wire(), name);
    if (test.expected == std::string_view("ok")) {
      EXPECT_EQ(fault, nullptr) << test.text;
      EXPECT_TRUE(wire::Name::from_wire(name.view())) << test.text;
    } else {
      EXPECT_EQ(fault ? fault : wire::to_text(name.view()), test.expected) << test.text;
    }
  }
}

}  // namespace
}  // namespace isochrone::zone
