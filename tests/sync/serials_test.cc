#include "sync/serials.h"

#include <gtest/gtest.h>

namespace isochrone::sync {
namespace {

TEST(Serials, NeverGoBack) {
  const struct {
    const char* story;
    uint32_t in_file;
    uint64_t made;
    uint32_t served;
  } cases[] = {
      {"first seen: the file's", 100, 1, 100},       {"nothing changed", 100, 1, 100},
      {"made records changed: one more", 100, 2, 101}, {"and again", 100, 3, 102},
      {"the file caught up in part: still one more", 101, 3, 103},
      {"the file went ahead: its own", 200, 3, 200},   {"the file went back: one more", 150, 3, 201},
  };
  Serials serials;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    EXPECT_EQ(serials.serve("z", c.in_file, c.made), c.served);
  }
}

TEST(Serials, WrapAround) {  // RFC 1982 §3.2
  Serials serials;
  EXPECT_EQ(serials.serve("z", 4294967295u, 1), 4294967295u);
  EXPECT_EQ(serials.serve("z", 4294967295u, 2), 0u);
  EXPECT_EQ(serials.serve("z", 1, 2), 1u);
}

TEST(Serials, ZonesAreApart) {
  Serials serials;
  serials.serve("a", 5, 1);
  EXPECT_EQ(serials.serve("b", 7, 1), 7u);
  EXPECT_EQ(serials.serve("a", 5, 2), 6u);
}

TEST(Serials, SurviveARestart) {
  Serials serials;
  serials.serve("z", 100, 1);
  serials.serve("z", 100, 0xffffffffffffffffu);
  auto back = Serials::restore(serials.save());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, serials);
  EXPECT_EQ(back->serve("z", 100, 0xffffffffffffffffu), 101u);
  for (const char* garbage : {"", "[]", "{\"z\": 1}", "{\"z\": {\"in_file\": \"x\"}}"}) EXPECT_FALSE(Serials::restore(garbage)) << garbage;
}

}  // namespace
}  // namespace isochrone::sync
