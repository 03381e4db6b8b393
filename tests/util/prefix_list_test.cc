#include "util/prefix_list.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace isochrone {
namespace {

using Entries = std::vector<std::pair<Prefix, uint32_t>>;

const char* const kAscending[] = {"0.0.0.0/0",     "0.0.0.0/1",       "10.0.0.0/8",        "10.0.0.0/32", "192.0.2.0/24",
                                  "255.255.255.255/32", "::/0",       "::1/128",           "2001:db8::/32", "2001:db8::/48",
                                  "2001:db8:0:1::/64",  "fe80::1:0:0:0/80", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"};

Entries ascending() {
  Entries entries;
  for (const char* text : kAscending) entries.emplace_back(*Prefix::parse(text), 0xfffff0 + static_cast<uint32_t>(entries.size()));
  return entries;
}

Entries entries_of(const PrefixList& list) {
  Entries out;
  for (size_t i = 0; i < list.size(); ++i) out.push_back(list[i]);
  return out;
}

TEST(PrefixList, GivesBackWhatItWasMadeOfInAscendingOrder) {
  const Entries wanted = ascending();
  EXPECT_EQ(entries_of(PrefixList(wanted)), wanted);
  Entries reversed = wanted;
  std::ranges::reverse(reversed);
  EXPECT_EQ(entries_of(PrefixList(reversed)), wanted);
  PrefixList appended;
  for (const auto& [prefix, value] : wanted) appended.append(prefix, value);
  EXPECT_EQ(entries_of(appended), wanted);
  EXPECT_EQ(PrefixList().size(), 0u);
}

TEST(PrefixList, KnowsTheBitsOfItsAddresses) {
  const PrefixList list(ascending());
  for (size_t i = 0; i < list.size(); ++i) {
    const Prefix prefix = list[i].first;
    for (int bit = 0; bit < max_prefix_len(prefix.family()); ++bit) {
      const bool has = i < list.v4().size() ? list.v4()[i].bit(bit) : list.v6()[i - list.v4().size()].bit(bit);
      EXPECT_EQ(has, prefix.address.bit(bit)) << prefix.to_text() << " " << bit;
    }
  }
}

TEST(PrefixList, AMillionIPv4PrefixesTakeEightMegabytes) {
  Entries entries;
  for (uint32_t i = 0; i < 1'000'000; ++i) entries.emplace_back(Prefix::make(IpAddress::v4(i << 8), 24), i);
  EXPECT_EQ(PrefixList(entries).memory(), 8'000'000u);
}

}  // namespace
}  // namespace isochrone
