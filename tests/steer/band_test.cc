#include "steer/band.h"

#include <cmath>

#include <gtest/gtest.h>

#include "world.h"

namespace isochrone::steer {
namespace {

struct BandWorld : World {
  BandWorld(const std::string& letters, const Cells& cells, Duration tolerance, const std::vector<uint32_t>& weights,
            const std::string& name = "zone/pool")
      : World(letters) {
    row("192.0.0.0/2", cells);
    PoolSpec spec;
    spec.name = name;
    spec.tolerance = tolerance;
    std::vector<GatewayState> gateways;
    for (size_t i = 0; i < letters.size(); ++i) {
      gateways.push_back(up(letters[i]));
      gateways.back().weight = weights[i];
    }
    pool(spec, gateways);
  }
  // How many of 8,192 networks of 192.0.0.0/2 each letter is given.
  std::map<char, int> shares() const {
    std::map<char, int> count;
    for (uint32_t i = 0; i < 8192; ++i)
      ++count[region(Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 20).to_text())];
    return count;
  }
};

TEST(Band, WhatLiesWithinTheToleranceIsShared) {
  struct Case {
    const char* story;
    Duration tolerance;
    const char* members;
  };
  for (const Case& c : {
           Case{"no tolerance: the lowest", 0ms, "a"},
           {"just out of reach", 4ms, "a"},
           {"at its very edge", 5ms, "ab"},
           {"two of three", 10ms, "ab"},
           {"all", 20ms, "abc"},
       }) {
    const BandWorld world("abc", {{'a', 10ms}, {'b', 15ms}, {'c', 30ms}}, c.tolerance, {1, 1, 1});
    std::string members;
    for (const auto& [letter, count] : world.shares()) members += letter;
    EXPECT_EQ(members, c.members) << c.story;
  }
}

TEST(Band, SharesFollowWeights) {
  for (const auto& weights : {std::vector<uint32_t>{1, 1, 1}, {1, 2, 1}, {1, 10, 100}, {1000, 1, 500}}) {
    const BandWorld world("abc", {{'a', 10ms}, {'b', 11ms}, {'c', 12ms}}, 5ms, weights);
    auto shares = world.shares();
    const double total = weights[0] + weights[1] + weights[2];
    for (size_t i = 0; i < 3; ++i) {
      const double p = weights[i] / total;
      // Four standard deviations of 8,192 draws.
      EXPECT_NEAR(shares["abc"[i]], 8192 * p, 4 * std::sqrt(8192 * p * (1 - p)) + 1) << "abc"[i] << " of weight " << weights[i];
    }
  }
}

TEST(Band, ANetworkKeepsOneAnswerWhateverItSends) {
  const BandWorld world("ab", {{'a', 10ms}, {'b', 11ms}}, 5ms, {1, 1});
  for (const char* network : {"198.51.96.0", "203.0.112.0", "192.0.0.0", "223.255.240.0"}) {
    const auto address = *IpAddress::parse(network);
    const Choice first = world.choose(Prefix::make(address, 20).to_text());
    EXPECT_EQ(first.scope_prefix_len, 20);
    for (uint32_t offset = 0; offset < 4096; offset += 37)
      for (const int len : {21, 24, 32}) {
        const auto subnet = Prefix::make(IpAddress::v4(address.v4_value() + offset), len);
        const Choice choice = world.choose(subnet.to_text());
        ASSERT_EQ(choice.region, first.region) << subnet.to_text();
        ASSERT_EQ(choice.scope_prefix_len, 20);
      }
  }
}

TEST(Band, ARegionThatLeavesMovesOnlyItsOwnClients) {
  const Cells cells = {{'a', 10ms}, {'b', 11ms}, {'c', 12ms}};
  BandWorld before("abc", cells, 5ms, {1, 1, 1});
  PoolSpec spec;
  spec.name = "zone/pool";
  spec.tolerance = 5ms;
  int moved = 0;
  for (uint32_t i = 0; i < 2000; ++i) {
    const auto subnet = Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 24).to_text();
    before.pool(spec, {before.up('a'), before.up('b'), before.up('c')});
    const char was = before.region(subnet);
    before.pool(spec, {before.up('a'), before.down('b'), before.up('c')});
    const char is = before.region(subnet);
    if (was != 'b') {
      ASSERT_EQ(is, was) << subnet;
    }
    moved += was != is;
  }
  EXPECT_GT(moved, 500);
}

TEST(Band, RegionsAreHashedByNameNotByNumber) {  // a region put first in the installation's list moves nobody
  const BandWorld before("abc", {{'a', 10ms}, {'b', 11ms}, {'c', 12ms}}, 5ms, {1, 2, 3});
  World after("zabc");
  after.row("192.0.0.0/2", {{'a', 10ms}, {'b', 11ms}, {'c', 12ms}});
  auto list = std::vector{after.up('a'), after.up('b'), after.up('c')};
  for (uint32_t i = 0; i < 3; ++i) list[i].weight = i + 1;
  after.pool(before.steering.pools[0]->spec, list);
  for (uint32_t i = 0; i < 1000; ++i) {
    const auto subnet = Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 24).to_text();
    ASSERT_EQ(before.region(subnet), after.region(subnet)) << subnet;
  }
}

TEST(Band, PoolsShareDifferently) {
  const Cells cells = {{'a', 10ms}, {'b', 11ms}};
  const BandWorld one("ab", cells, 5ms, {1, 1}, "zone/one"), two("ab", cells, 5ms, {1, 1}, "zone/two");
  int same = 0;
  for (uint32_t i = 0; i < 1000; ++i) {
    const auto subnet = Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 24).to_text();
    same += one.region(subnet) == two.region(subnet);
  }
  EXPECT_NEAR(same, 500, 64);
}

// These very choices must come out on every processor and in every release: nodes of one installation agree.
TEST(Band, ChoicesAreTheSameEverywhere) {
  const BandWorld world("abcd", {{'a', 10ms}, {'b', 10ms}, {'c', 10ms}, {'d', 10ms}}, 1ms, {1, 2, 3, 4});
  std::string choices;
  for (uint32_t i = 0; i < 40; ++i) choices += world.region(Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 20).to_text());
  EXPECT_EQ(choices, "ddcdabcadbddcccdcddddbcdccaddcdbdddcbddd");
}

TEST(Band, HoldsWithoutAMap) {
  World world("ab");
  world.median({{'a', 10ms}, {'b', 11ms}});
  PoolSpec spec;
  spec.tolerance = 5ms;
  world.pool(spec, {world.up('a'), world.up('b')});
  EXPECT_EQ(world.scope("198.51.100.1"), 20);
  EXPECT_EQ(world.scope("2001:db8:1:2::/64"), 40);
  EXPECT_EQ(world.scope("::ffff:198.51.100.1"), 116);
}

}  // namespace
}  // namespace isochrone::steer
