#include "config/samples.h"

#include <gtest/gtest.h>

#include "../util/folder.h"

namespace isochrone::config {
namespace {

class SamplesTest : public testing::Test {
 protected:
  std::optional<health::Series> read(const std::string& text) {
    Files files;
    return read_samples(folder_.write("samples.csv", text), 1h, files, problems_);
  }

  Folder folder_;
  Problems problems_;
};

TEST_F(SamplesTest, OneSampleALine) {
  const auto series = read("time,client,region,rtt_ms\n10,x,b,12.5\n5.25,y,a,\n10,x,a,0\n");
  ASSERT_TRUE(series) << problems_.to_text();
  EXPECT_EQ(series->clients, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(series->regions, (std::vector<std::string>{"b", "a"}));
  ASSERT_EQ(series->samples.size(), 3u);
  EXPECT_EQ(series->samples[0].at, Time(5250ms)) << "by time";
  EXPECT_FALSE(series->samples[0].rtt) << "lost";
  EXPECT_EQ(series->samples[1].rtt, 12500us);
  EXPECT_EQ(series->samples[2].rtt, 1us) << "less than its clock could tell";
}

TEST_F(SamplesTest, OneRowALine) {
  const auto series = read("slice,client,a,b\n1,x,30,\n2,x,31,40\n");
  ASSERT_TRUE(series) << problems_.to_text();
  ASSERT_EQ(series->samples.size(), 3u) << "an empty cell is no sample";
  EXPECT_EQ(series->samples[2].at, Time(2h));
  EXPECT_EQ(series->samples[2].region, 1);
}

TEST_F(SamplesTest, MistakesAreToldByPlace) {
  const struct {
    const char *text, *place, *what;
  } rows[] = {
      {"", ":", "empty"},
      {"when,client,region,rtt_ms\n", ":1:1:", "no header"},
      {"time,client,region,rtt_ms\n", ":", "no sample"},
      {"time,client,region,rtt_ms\nsoon,x,a,1\n", ":2:1:", "'soon' is no time"},
      {"time,client,region,rtt_ms\n-1,x,a,1\n", ":2:1:", "'-1' is no time"},
      {"time,client,region,rtt_ms\nnan,x,a,1\n", ":2:1:", "'nan' is no time"},
      {"time,client,region,rtt_ms\n1,x,a,1e3\n", ":2:7:", "no round-trip time"},
      {"time,client,region,rtt_ms\n1,x,a,60001\n", ":2:7:", "no round-trip time"},
      {"time,client,region,rtt_ms\n1,x,a\n", ":2:6:", "too few fields"},
      {"time,client,region,rtt_ms\n1,x,a,1,2\n", ":2:9:", "more fields"},
      {"time,client,region,rtt_ms\n1,,a,1\n", ":2:3:", "no client"},
      {"time,client,region,rtt_ms\n1,x,,1\n", ":2:5:", "no region"},
      {"slice,client\n", ":1:7:", "no column for a region"},
      {"slice,client,a,a\n", ":1:16:", "there twice"},
      {"slice,client,a,b\n1,x,30\n", ":2:7:", "3 fields"},
      {"slice,client,a,b\n1,x,30,40,50\n", ":2:11:", "more fields"},
  };
  for (const auto& row : rows) {
    problems_ = {};
    EXPECT_FALSE(read(row.text)) << row.text;
    const std::string told = problems_.to_text();
    EXPECT_NE(told.find(folder_ / "samples.csv" + row.place), std::string::npos) << row.text << told;
    EXPECT_NE(told.find(row.what), std::string::npos) << row.text << told;
  }
}

}  // namespace
}  // namespace isochrone::config
