#include "sync/observations_text.h"

#include <gtest/gtest.h>

namespace isochrone::sync {
namespace {

const char* const kLine = "192.0.2.0/24 westus2 38250 1200 36000 61000 -2500 0 41\n";

TEST(ObservationsText, ComesBackAsItWas) {
  const std::string two = std::string(kLine) + "2001:db8::/48 japaneast 105000 0 105000 0 25000 25000 1000\n";
  const auto cells = decode_observations(two);
  ASSERT_TRUE(cells) << cells.error().text;
  ASSERT_EQ(cells->size(), 2u);
  const health::SavedCell& cell = cells->front();
  EXPECT_EQ(cell.network.to_text(), "192.0.2.0/24");
  EXPECT_EQ(cell.region, "westus2");
  EXPECT_EQ(cell.rtt, Duration(38250us));
  EXPECT_EQ(cell.spread, Duration(1200us));
  EXPECT_EQ(cell.least, Duration(36ms));
  EXPECT_EQ(cell.age, Duration(61s));
  EXPECT_EQ(cell.moved[0], Duration(-2500us));
  EXPECT_EQ(cell.weight, 41);
  EXPECT_EQ(encode_observations(*cells), two);
  EXPECT_TRUE(decode_observations("")->empty());
}

TEST(ObservationsText, AnythingElseIsRefusedByItsLine) {
  for (const char* bad : {"hello\n", "192.0.2.0/24 westus2 38250 1200 36000 61000 -2500 0 41", "192.0.2.0/25 westus2 1 1 1 1 1 1 1\n",
                          "192.0.2.0/24 westus2 0 1 1 1 1 1 1\n", "192.0.2.0/24 westus2 1 1 1 -1 1 1 1\n", "192.0.2.0/24 westus2 1 1 1 1 1 1 nan\n",
                          "192.0.2.0/24 westus2 1 1 1 1 1 1\n", "192.0.2.0/24 westus2 1 1 1 1 1 1 1 1\n", "192.0.2.0/24  1 1 1 1 1 1 1\n",
                          "192.0.2.0/24 westus2 99999999999 1 1 1 1 1 1\n", "\n"}) {
    const auto cells = decode_observations(std::string(kLine) + bad);
    ASSERT_FALSE(cells) << bad;
    EXPECT_EQ(cells.error().text, "line 2 is not understood");
  }
}

}  // namespace
}  // namespace isochrone::sync
