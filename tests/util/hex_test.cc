#include "util/hex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isochrone {
namespace {

using testing::ElementsAre;

TEST(Hex, TwoDigitsAreAnOctetAndOctetsAreAppended) {
  std::vector<uint8_t> octets{7};
  EXPECT_TRUE(decode_hex("00fFa0", octets));
  EXPECT_THAT(octets, ElementsAre(7, 0, 255, 160));
  EXPECT_TRUE(decode_hex("", octets));
  EXPECT_EQ(octets.size(), 4u);
}

TEST(Hex, AnythingElseIsRefused) {
  for (const char* text : {"0", "000", "0g", "g0", " 0", "0x00", "-1", "\xc3\xa9"}) {
    SCOPED_TRACE(text);
    std::vector<uint8_t> octets;
    EXPECT_FALSE(decode_hex(text, octets));
  }
}

}  // namespace
}  // namespace isochrone
