#include "util/prefix_map.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isochrone {
namespace {

using Entries = std::vector<std::pair<Prefix, uint32_t>>;

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

// The stored prefix of an address, the slow way; kNone where there is none.
uint32_t naive_find(const Entries& entries, const IpAddress& address) {
  const std::pair<Prefix, uint32_t>* best = nullptr;
  for (const auto& entry : entries)
    if (entry.first.contains(address) && (!best || entry.first.len > best->first.len)) best = &entry;
  return best ? best->second : PrefixMap::kNone;
}

// Whether a stored prefix lies strictly inside this one: if not, all of it matches the same stored prefix.
bool is_divided(const Entries& entries, const Prefix& around) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& e) { return e.first != around && around.contains(e.first); });
}

IpAddress last_of(const Prefix& prefix) {
  IpAddress last = prefix.address;
  for (int i = prefix.len; i < max_prefix_len(prefix.family()); ++i)
    last.octets[static_cast<size_t>(i) / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return last;
}

Entries blocks_of(const PrefixMap& map) {
  Entries out;
  map.for_each_block([&](const Prefix& block, const PrefixMap::Match& match) { out.emplace_back(block, match.value); });
  return out;
}

IpAddress random_address(std::mt19937& random, Family family) {
  IpAddress address{family, {}};
  for (int i = 0; i < address.size(); ++i) address.octets[static_cast<size_t>(i)] = static_cast<uint8_t>(random());
  return address;
}

// Blocks divide the whole space: each begins where the one before ends, and each is what find() and the slow way say
// of its first and last address.
void check_blocks(const Entries& entries) {
  const PrefixMap map(entries);
  IpAddress expected_begin{Family::V4, {}};
  Prefix last_block = prefix("0.0.0.0/0");
  std::string taken(map.places(), '-');
  map.for_each_block([&](const Prefix& block, const PrefixMap::Match& found) {
    const uint32_t value = found.value;
    if (block.family() != last_block.family()) {
      EXPECT_EQ(last_of(last_block), address("255.255.255.255")) << "IPv4 is not covered to its end";
      expected_begin = {Family::V6, {}};
    }
    ASSERT_EQ(block.address, expected_begin);
    for (const IpAddress& at : {block.address, last_of(block)}) {
      const auto match = map.find(at);
      ASSERT_EQ(match.value, naive_find(entries, at)) << at.to_text();
      ASSERT_EQ(match.value, value);
      ASSERT_EQ(match.block_len, block.len) << at.to_text();
      ASSERT_LT(match.place, map.places());
    }
    const uint32_t slots = block.len < 16 ? uint32_t{1} << (16 - block.len) : 1;
    if (!entries.empty()) {
      ASSERT_LE(found.place + slots, taken.size());
      const std::string_view places = std::string_view(taken).substr(found.place, slots);
      ASSERT_EQ(places.find('x'), places.npos) << block.to_text() << " shares its place with another";
      taken.replace(found.place, slots, slots, 'x');
    }
    ASSERT_FALSE(is_divided(entries, block)) << block.to_text();
    ASSERT_TRUE(block.len == 0 || is_divided(entries, Prefix::make(block.address, block.len - 1))) << block.to_text();
    expected_begin = last_of(block);
    for (int i = max_prefix_len(block.family()) - 1; i >= 0; --i) {
      auto& octet = expected_begin.octets[static_cast<size_t>(i) / 8];
      octet = static_cast<uint8_t>(octet ^ 0x80 >> i % 8);
      if (expected_begin.bit(i)) break;
    }
    last_block = block;
  });
  EXPECT_EQ(last_of(last_block), address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")) << "IPv6 is not covered";
}

TEST(PrefixMap, FindsTheLongestPrefixAndTheBlockAroundTheAddress) {
  const PrefixMap map({{prefix("0.0.0.0/0"), 1},
                       {prefix("10.0.0.0/8"), 2},
                       {prefix("10.1.2.0/24"), 3},
                       {prefix("10.1.2.3/32"), 4},
                       {prefix("2001:db8::/32"), 5},
                       {prefix("2001:db8:1::/48"), 6},
                       {prefix("2001:db8:1::1/128"), 7}});
  struct Case {
    const char* address;
    uint32_t value;
    int block_len;
  };
  for (const Case& c : {
           Case{"10.1.2.3", 4, 32},
           {"10.1.2.2", 3, 32},
           {"10.1.2.1", 3, 31},
           {"10.1.2.4", 3, 30},
           {"10.1.2.200", 3, 25},
           {"10.1.3.0", 2, 24},
           {"10.200.0.1", 2, 9},
           {"11.0.0.1", 1, 8},
           {"192.0.2.1", 1, 1},
           {"2001:db8:1::1", 7, 128},
           {"2001:db8:1::", 6, 128},
           {"2001:db8:1:8000::", 6, 49},
           {"2001:db8::", 5, 48},
           {"2001:db8:8000::", 5, 33},
           {"2001:db9::", PrefixMap::kNone, 32},
           {"8000::", PrefixMap::kNone, 1},
       }) {
    const auto match = map.find(address(c.address));
    EXPECT_EQ(match.value, c.value) << c.address;
    EXPECT_EQ(match.block_len, c.block_len) << c.address;
  }
}

TEST(PrefixMap, OfNothingIsOneBlockAFamily) {
  const PrefixMap map;
  EXPECT_THAT(blocks_of(map), testing::ElementsAre(std::pair{prefix("0.0.0.0/0"), PrefixMap::kNone},
                                                   std::pair{prefix("::/0"), PrefixMap::kNone}));
}

TEST(PrefixMap, OneFamilySaysNothingOfTheOther) {
  const PrefixMap map({{prefix("0.0.0.0/0"), 7}});
  EXPECT_THAT(blocks_of(map), testing::ElementsAre(std::pair{prefix("0.0.0.0/0"), 7u},
                                                   std::pair{prefix("::/0"), PrefixMap::kNone}));
}

TEST(PrefixMap, PrefixesOfOneValueStayApart) {  // a block is of one stored prefix, not of one value
  const PrefixMap map({{prefix("10.0.0.0/9"), 1}, {prefix("10.128.0.0/9"), 1}});
  EXPECT_EQ(map.find(address("10.0.0.1")).block_len, 9);
  EXPECT_EQ(map.find(address("10.200.0.1")).block_len, 9);
}

TEST(PrefixMap, BlocksDivideTheSpaceAsTheSlowWayDoes) {
  std::mt19937 random(20260730);
  for (int round = 0; round < 60; ++round) {
    std::map<Prefix, uint32_t> unique;
    const auto size = 1 + random() % 40;
    // Half of the rounds crowd into few leading bits, so that prefixes nest and share nodes.
    const int shared_bits = round % 2 ? static_cast<int>(random() % 24) : 0;
    const IpAddress crowd[] = {random_address(random, Family::V4), random_address(random, Family::V6)};
    while (unique.size() < size) {
      const Family family = random() % 2 ? Family::V4 : Family::V6;
      IpAddress at = random_address(random, family);
      std::copy_n(crowd[family == Family::V6].octets.begin(), shared_bits / 8, at.octets.begin());
      const auto max = static_cast<unsigned>(max_prefix_len(family));
      const unsigned kind = random() % 10;
      const unsigned len = kind == 0 ? 0 : kind == 1 ? max : random() % (max + 1);
      unique.emplace(Prefix::make(at, static_cast<int>(len)), static_cast<uint32_t>(unique.size()));
    }
    Entries entries(unique.begin(), unique.end());
    std::shuffle(entries.begin(), entries.end(), random);
    check_blocks(entries);
    if (HasFatalFailure()) FAIL() << "in round " << round;
  }
}

TEST(PrefixMap, KeepsTheHighestValue) {
  const PrefixMap map({{prefix("192.0.2.0/24"), PrefixMap::kMaxValue}});
  EXPECT_EQ(map.find(address("192.0.2.9")).value, PrefixMap::kMaxValue);
  EXPECT_EQ(map.find(address("192.0.3.9")).value, PrefixMap::kNone);
}

TEST(PrefixMap, SparseIpv6StaysSmall) {
  std::mt19937 random(6);
  std::map<Prefix, uint32_t> unique;
  while (unique.size() < 20'000) {
    IpAddress at = random_address(random, Family::V6);
    at.octets[0] = static_cast<uint8_t>(0x20 | (at.octets[0] & 0x1f));
    unique.emplace(Prefix::make(at, 48), 1);
  }
  // 100,000 of them in 30 MB is the goal, so a fifth of it and the root.
  EXPECT_LT(PrefixMap(Entries(unique.begin(), unique.end())).memory(), 6'300'000u);
}

}  // namespace
}  // namespace isochrone
