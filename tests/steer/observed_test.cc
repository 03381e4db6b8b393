// Observed networks in the map's chains: where they stand, what they leave as it was, and that scopes stay true.

#include "steer/observed.h"

#include <gtest/gtest.h>

#include "steer/telling.h"
#include "world.h"

namespace isochrone::steer {
namespace {

Prefix prefix(const char* text) { return *Prefix::parse(text); }

std::string chain(const LatencyMap& map, const char* address) {
  std::string out;
  for (SourceId id = map.find(*IpAddress::parse(address)).source; id != kNoSource; id = map.source(id).coarser) {
    const Source& source = map.source(id);
    if (!out.empty()) out += ' ';
    out += source.is_observed()    ? "o" + std::to_string(source.observed())
           : source.is_predicted() ? "p" + std::to_string(source.prediction())
           : source.is_live()      ? "v" + std::to_string(source.live_vantage())
                                   : "t" + std::to_string(source.table);
    out += "/" + std::to_string(source.prefix_len);
  }
  return out;
}

struct Example {
  std::shared_ptr<const LatencyMap> base, map;
  Example() {
    const std::pair<RegionId, Duration> all[] = {{0, 10ms}, {1, 20ms}};
    LatencyMapBuilder builder(2);
    builder.add_row(prefix("0.0.0.0/0"), all, 0);
    builder.add_row(prefix("198.51.0.0/16"), all, 1);
    builder.add_row(prefix("198.51.100.0/24"), all, 2);
    builder.add_cover(prefix("198.51.100.0/24"), 4);
    builder.add_row(prefix("198.51.100.128/25"), all, 3);
    builder.add_row(prefix("10.9.0.0/16"), all, 5);
    builder.add_surroundings(prefix("198.51.101.0/25"), {.country_vantage = 6, .place = 0});
    builder.add_divider(prefix("203.0.113.64/26"));
    base = std::move(builder).build(1, true);
    map = with_observed(*base, {{prefix("198.51.100.0/24"), 1}, {prefix("198.51.101.0/24"), 0}, {prefix("203.0.113.0/24"), 3}, {prefix("10.1.1.0/24"), 4},
                                {prefix("10.9.1.0/24"), 5}, {prefix("2001:db8:1::/48"), 6}, {prefix("::/48"), 7}});
  }
};

TEST(Observed, StandsBeforeEqualPrefixesAndBehindLongerOnes) {
  const Example e;
  struct Case {
    const char *address, *chain;
    VantageId vantage;
  };
  for (const Case& c : {
           Case{"198.51.1.1", "t1/16 t0/0", kNoVantage},
           {"198.51.100.1", "o1/24 v4/24 t2/24 t1/16 t0/0", 4},
           {"198.51.100.200", "t3/25 o1/24 v4/24 t2/24 t1/16 t0/0", 4},
           {"198.51.101.1", "o0/24 t1/16 v6/0 p0/0 t0/0", 6},
           {"198.51.101.200", "o0/24 t1/16 t0/0", kNoVantage},
           {"203.0.113.1", "o3/24 t0/0", kNoVantage},
           {"203.0.113.65", "o3/24 t0/0", kNoVantage},
           {"10.1.1.1", "t0/0", kNoVantage},  // private, and no row of ours: the resolver's
           {"10.9.1.1", "o5/24 t5/16 t0/0", kNoVantage},
           {"2001:db8:1::1", "o6/48", kNoVantage},
           {"2001:db8:2::1", "", kNoVantage},
       }) {
    EXPECT_EQ(chain(*e.map, c.address), c.chain) << c.address;
    const Block block = e.map->find(*IpAddress::parse(c.address));
    EXPECT_EQ(block.source == kNoSource ? kNoVantage : e.map->source(block.source).vantage, c.vantage) << c.address;
  }
  EXPECT_TRUE(e.map->find(*IpAddress::parse("10.1.1.1")).use_resolver);
  EXPECT_EQ(e.map->observed(4), kNoSource) << "not in the map";
  EXPECT_EQ(e.map->observed(7), kNoSource) << "loopback and v4-mapped are inside of it";
  EXPECT_EQ(e.map->observed(2), kNoSource) << "nobody's number";
  EXPECT_TRUE(e.map->source(e.map->observed(0)).is_observed());
  EXPECT_EQ(e.map->find(*IpAddress::parse("203.0.113.65")).len, 26) << "what divided still divides";
}

// Without rows nothing is another than it was, but that blocks are shorter.
TEST(Observed, OfNothingChangesNothing) {
  const Example e;
  e.map->blocks().for_each_block([&](const Prefix& block, const PrefixMap::Match& match) {
    const Block was = e.base->find(block.address), is = e.map->block_of(match, block.family());
    EXPECT_EQ(was.use_resolver, is.use_resolver);
    EXPECT_LE(was.len, is.len);
    const auto base_source = [](const LatencyMap& map, SourceId id) {
      while (id != kNoSource && map.source(id).is_observed()) id = map.source(id).coarser;
      return id == kNoSource ? UINT32_MAX : map.source(id).row;
    };
    EXPECT_EQ(base_source(*e.base, was.source), base_source(*e.map, is.source)) << block.to_text();
  });
}

ObservedRow moved_row(ObservedId id, std::vector<std::pair<RegionId, Duration>> cells) {
  ObservedRow row{.id = id};
  for (const auto& [region, rtt] : cells) {
    ObservedCell cell{.region = region, .is_moved = true, .samples = 3};
    cell.estimate = cell.rtt = Held::from(rtt);
    row.cells.push_back(cell);
  }
  return row;
}

TEST(Observed, RowsAreReplacedOneByOne) {
  const auto first = Observed::with(nullptr, {moved_row(700, {{1, 30ms}, {0, 10ms}}), moved_row(3, {{2, 5ms}})});
  const auto second = Observed::with(first.get(), {moved_row(3, {})});
  EXPECT_EQ(first->row(700).order[0], 0);
  EXPECT_EQ(first->row(700).held[1].value(), 30ms);
  EXPECT_EQ(second->row(700).order.size(), 2u);
  EXPECT_TRUE(second->row(3).order.empty());
  EXPECT_EQ(first->row(3).order.size(), 1u) << "nothing published is written again";
  EXPECT_TRUE(second->row(100000).order.empty());
  EXPECT_FALSE(Observed::rank_alike(first.get(), second.get()));
  ObservedRow told{.id = 4};
  told.cells.push_back({.region = 1, .samples = 9});
  const auto third = Observed::with(second.get(), {told});
  EXPECT_TRUE(Observed::rank_alike(second.get(), third.get())) << "told, not ranked";
  EXPECT_EQ(third->cells(4)[0].samples, 9);
  EXPECT_TRUE(Observed::rank_alike(nullptr, Observed::with(nullptr, {told}).get()));
}

TEST(Observed, WhatIsTheSameForBothFamiliesIsKeptOnce) {
  const std::vector<ObservedRow> rows{moved_row(3, {{2, 5ms}}), moved_row(700, {{1, 30ms}})};
  const auto v4 = Observed::with(nullptr, rows);
  const auto v6 = Observed::with(nullptr, rows, v4.get());
  EXPECT_EQ(v6->row(3).held, v4->row(3).held) << "the very octets";
  EXPECT_EQ(v6->cells(700).data(), v4->cells(700).data());
  ObservedRow told = moved_row(3, {{2, 5ms}});
  told.offset_us = 1;
  const auto other = Observed::with(v6.get(), {told}, v4.get());
  EXPECT_EQ(other->offset_us(3), 1);
  EXPECT_EQ(v6->offset_us(3), 0);
  EXPECT_NE(other->row(3).held, v4->row(3).held);
  EXPECT_EQ(other->row(700).held, v4->row(700).held);
  EXPECT_FALSE(Observed::with(nullptr, {}, v4.get())->row(3).held) << "nothing is taken over that is not there";
}

TEST(Observed, CellsThatMoveAreRankedAndTold) {
  World world("abc");
  world.row("192.0.2.0/24", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
  world.steering.map = std::move(world.builder).build(0, true);
  world.steering.map = with_observed(*world.steering.map, {{prefix("192.0.2.0/24"), 0}});
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  EXPECT_EQ(world.region("192.0.2.0/24"), 'a');
  world.steering.rows_v4.observed = Observed::with(nullptr, {moved_row(0, {{2, 4ms}})});
  EXPECT_EQ(world.region("192.0.2.0/24"), 'c');
  EXPECT_EQ(world.region("192.0.2.0/24", Family::V6), 'a');
  const Explanation e = world.explained("192.0.2.0/24");
  EXPECT_EQ(e.lines[0].from, Explanation::From::Observed);
  ASSERT_NE(e.lines[0].observed, nullptr);
  EXPECT_EQ(e.lines[0].observed->samples, 3);
  EXPECT_EQ(e.lines[1].from, Explanation::From::Table);
  EXPECT_EQ(e.lines[1].observed, nullptr);
  EXPECT_EQ(coarser_estimate(world.steering, 0, Family::V4, 2)->held.value(), 30ms);
}

TEST(Observed, WhatItIsComparedWithIsToldBothWays) {
  World world("ab");
  world.row("192.0.2.0/24", {{'a', 10ms}, {'b', 20ms}});
  world.steering.map = std::move(world.builder).build(0, true);
  world.steering.map = with_observed(*world.steering.map, {{prefix("192.0.2.0/24"), 0}});
  world.pool({}, {world.up('a'), world.up('b')});
  const auto told = [&world](int32_t offset_us) {
    ObservedRow row = moved_row(0, {{0, 8ms}});
    row.cells[0].is_moved = false;
    row.offset_us = offset_us;
    world.steering.rows_v4.observed = Observed::with(nullptr, {row});
    const Explanation e = world.explained("192.0.2.0/24");
    const std::vector<std::string> tables{"t.csv"};
    return Telling(world.steering, tables, *world.steering.pools[0], e).source(e.lines[0]);
  };
  const std::string measured = "table t.csv, 192.0.2.0/24; its gateway measured 8.00 ms (3 samples); gateways measure ";
  EXPECT_EQ(told(12000), measured + "12.00 ms more here (median) than is known otherwise");
  EXPECT_EQ(told(-49850), measured + "49.85 ms less here (median) than is known otherwise");
}

}  // namespace
}  // namespace isochrone::steer
