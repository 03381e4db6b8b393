#include "steer/latency_map.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace isochrone::steer {
namespace {

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

// The sources of an address from fine to coarse: "t0/24 v1/16 t0/0", tables and vantages with the prefix's length.
std::string chain(const LatencyMap& map, std::string_view at) {
  std::string text;
  for (SourceId id = map.find(address(at)).source; id != kNoSource; id = map.source(id).coarser) {
    const Source& source = map.source(id);
    if (!text.empty()) text += ' ';
    text += source.is_predicted() ? "p" + std::to_string(source.prediction())
            : source.is_live()    ? "v" + std::to_string(source.row & ~Source::kLive) : "t" + std::to_string(source.table);
    text += "/" + std::to_string(source.prefix_len);
  }
  return text;
}

std::shared_ptr<const LatencyMap> nested_map() {
  const std::pair<RegionId, Duration> cells[] = {{0, 10ms}};
  LatencyMapBuilder builder(2);  // in no order
  builder.add_row(prefix("198.51.100.0/24"), cells, 1);
  builder.add_row(prefix("0.0.0.0/0"), cells, 0);
  builder.add_cover(prefix("198.51.100.0/24"), 3);
  builder.add_row(prefix("198.51.100.0/24"), cells, 0);
  builder.add_cover(prefix("198.51.0.0/16"), 1);
  builder.add_row(prefix("198.51.100.128/25"), cells, 2);
  builder.add_row(prefix("::ffff:203.0.113.0/120"), cells, 0);
  builder.add_row(prefix("2001:db8::/48"), cells, 0);
  return std::move(builder).build();
}

TEST(LatencyMap, ChainsSourcesFromFineToCoarse) {
  const auto map = nested_map();
  struct Case {
    const char* address;
    const char* chain;
    VantageId vantage;
    int block_len;
  };
  for (const Case& c : {
           Case{"198.51.100.200", "t2/25 v3/24 t0/24 t1/24 v1/16 t0/0", 3, 25},
           {"198.51.100.1", "v3/24 t0/24 t1/24 v1/16 t0/0", 3, 25},
           {"198.51.200.1", "v1/16 t0/0", 1, 17},
           {"203.0.113.9", "t0/24 t0/0", kNoVantage, 24},  // written as v4-mapped
           {"8.8.8.8", "t0/0", kNoVantage, 7},             // up to 10.0.0.0/8, a private block
           {"2001:db8::1", "t0/48", kNoVantage, 48},
           {"2001:db9::1", "", kNoVantage, 32},
       }) {
    EXPECT_EQ(chain(*map, c.address), c.chain) << c.address;
    const Block block = map->find(address(c.address));
    EXPECT_EQ(block.len, c.block_len) << c.address;
    EXPECT_FALSE(block.use_resolver) << c.address;
    if (block.source != kNoSource) {
      EXPECT_EQ(map->source(block.source).vantage, c.vantage) << c.address;
    }
  }
}

TEST(LatencyMap, PrivateClientsAreThoseOfTheirResolverUnlessARowIsOurs) {
  const std::pair<RegionId, Duration> cells[] = {{0, 10ms}};
  LatencyMapBuilder builder(1);
  builder.add_row(prefix("0.0.0.0/0"), cells, 0);  // of everybody: not ours to know a private network by
  builder.add_row(prefix("10.1.0.0/16"), cells, 0);
  builder.add_row(prefix("172.16.0.0/12"), cells, 0);
  builder.add_cover(prefix("192.0.0.0/8"), 0);
  const auto map = std::move(builder).build();
  struct Case {
    const char* address;
    bool use_resolver;
    int block_len;
    const char* chain;
  };
  for (const Case& c : {
           Case{"10.1.2.3", false, 16, "t0/16 t0/0"},
           {"10.0.0.1", true, 16, "t0/0"},        // the rest of a block that is partly ours
           {"10.200.0.1", true, 9, "t0/0"},
           {"172.20.0.1", false, 12, "t0/12 t0/0"},
           {"192.168.1.1", false, 8, "v0/8 t0/0"},
           {"100.64.0.1", true, 10, "t0/0"},
           {"169.254.0.1", true, 16, "t0/0"},
           {"127.0.0.1", true, 8, "t0/0"},
           {"fd00::1", true, 7, ""},
           {"fe80::1", true, 10, ""},
           {"::1", true, 128, ""},
           {"11.0.0.1", false, 8, "t0/0"},
       }) {
    const Block block = map->find(address(c.address));
    EXPECT_EQ(block.use_resolver, c.use_resolver) << c.address;
    EXPECT_EQ(block.len, c.block_len) << c.address;
    EXPECT_EQ(chain(*map, c.address), c.chain) << c.address;
  }
}

TEST(LatencyMap, NoIpv6BlockReachesIntoAddressesThatFold) {
  const auto map = nested_map();
  map->blocks().for_each_block([](const Prefix& block, const PrefixMap::Match&) {
    for (const Prefix& folding : folding_blocks()) {
      if (block.family() != Family::V6) return;
      EXPECT_FALSE(block.contains(folding) && block != folding) << block.to_text();
    }
  });
}

TEST(LatencyMap, OfNothingIsTrivial) {
  const auto map = LatencyMapBuilder(4).build();
  EXPECT_TRUE(map->is_trivial());
  EXPECT_EQ(map->find(address("192.0.2.1")).source, kNoSource);
  EXPECT_FALSE(nested_map()->is_trivial());
}

TEST(TableRows, ComeBackBestFirst) {
  TableRows rows;
  const std::pair<RegionId, Duration> first[] = {{7, 30ms}, {2, 10ms}, {5, 20ms}, {2, 9ms}, {1, 20ms}};
  const std::pair<RegionId, Duration> third[] = {{254, 1ms}};
  const uint32_t a = rows.add(first), b = rows.add({}), c = rows.add(third);
  const RowView row = rows.row(a);
  EXPECT_EQ(std::vector<RegionId>(row.order.begin(), row.order.end()), (std::vector<RegionId>{2, 1, 5, 7}));
  EXPECT_EQ(row.held[0].value(), 9ms) << "of a region named twice the lower estimate counts";
  EXPECT_EQ(row.held[3].value(), 30ms);
  EXPECT_TRUE(rows.row(b).order.empty());
  EXPECT_EQ(rows.row(c).order[0], 254);
  EXPECT_EQ(rows.row(c).held[0].value(), 1ms);
  EXPECT_EQ(rows.size(), 3u);
}

TEST(Held, KeepsOrderAndAStep) {
  Held last{};
  for (Duration d{}; d < 40s; d += d / 50 + std::chrono::microseconds(7)) {
    const Held held = Held::from(d);
    EXPECT_GE(held, last);
    last = held;
    if (d > 33s) continue;  // saturated
    const Duration step = d < 327ms ? std::chrono::microseconds(5) : std::chrono::microseconds(500);
    EXPECT_LE(std::max(held.value() - d, d - held.value()), step) << d.count();
  }
  EXPECT_EQ(Held::from(-5ms).value(), 0ms);
  EXPECT_GT(Held::from(std::chrono::hours(24)).value(), 33s);
}

// Explicit prefixes come first, however wide; then AS, country and prediction; then the rows of everybody.
TEST(LatencyMap, SurroundingsComeBehindExplicitPrefixes) {
  const std::pair<RegionId, Duration> some[] = {{0, 10ms}};
  const std::pair<RegionId, Duration> all[] = {{0, 10ms}, {1, 20ms}};
  LatencyMapBuilder builder(2);
  builder.add_row(prefix("0.0.0.0/0"), all, 0);
  builder.add_row(prefix("198.51.0.0/16"), all, 1);
  builder.add_row(prefix("198.51.100.128/25"), all, 2);
  builder.add_row(prefix("203.0.113.0/24"), some, 3);
  builder.add_surroundings(prefix("198.51.100.0/24"), {.as_vantage = 5, .country_vantage = 6, .place = 0});
  builder.add_surroundings(prefix("198.51.101.0/24"), {.place = 1});
  builder.add_surroundings(prefix("203.0.113.0/24"), {.place = 1});
  builder.add_surroundings(prefix("192.0.2.0/24"), {.place = 1});
  builder.add_surroundings(prefix("192.0.2.0/24"), {.place = 0});  // the first one counts
  builder.add_surroundings(prefix("2001:db8::/32"), {.country_vantage = 6});
  const auto map = std::move(builder).build(2);
  struct Case {
    const char* address;
    const char* chain;
    VantageId vantage;
  };
  for (const Case& c : {
           Case{"198.51.1.1", "t1/16 t0/0", kNoVantage},
           {"198.51.100.1", "t1/16 v5/0 v6/0 p0/0 t0/0", 5},
           {"198.51.100.200", "t2/25 t1/16 v5/0 v6/0 p0/0 t0/0", 5},
           {"198.51.101.1", "t1/16 p1/0 t0/0", kNoVantage},
           {"192.0.2.1", "p1/0 t0/0", kNoVantage},
           {"203.0.113.1", "t3/24 p2/0 t0/0", kNoVantage},  // a prediction of its own, from the cell it has
           {"8.8.8.8", "t0/0", kNoVantage},
           {"2001:db8::1", "v6/0", 6},
       }) {
    EXPECT_EQ(chain(*map, c.address), c.chain) << c.address;
    const SourceId source = map->find(address(c.address)).source;
    if (source != kNoSource) {
      EXPECT_EQ(map->source(source).vantage, c.vantage) << c.address;
    }
  }
  ASSERT_EQ(map->questions().size(), 3u);
  EXPECT_EQ(map->questions()[2].place, 1u);
  EXPECT_EQ(map->placed_rows().size(), 2u);
}

}  // namespace
}  // namespace isochrone::steer
