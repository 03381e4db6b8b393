#include "wire/ecs.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace isochrone::wire {
namespace {

TEST(Ecs, QueriesAreTakenOrRefused) {
  struct {
    const char* name;
    const char* option;
    const char* prefix;  // null: FORMERR
  } cases[] = {
      {"24 bits, three octets", "0001 18 00 c00002", "192.0.2.0/24"},
      {"a whole address", "0001 20 00 c0000201", "192.0.2.1/32"},
      {"23 bits", "0001 17 00 c00002", "192.0.2.0/23"},
      {"one bit", "0001 01 00 80", "128.0.0.0/1"},
      {"IPv6, 56 bits", "0002 38 00 20010db8000100", "2001:db8:1::/56"},
      {"IPv6, a whole address", "0002 80 00 20010db8000000000000000000000001", "2001:db8::1/128"},
      {"do not use my address", "0001 00 00", "0.0.0.0/0"},
      {"the same of IPv6", "0002 00 00", "::/0"},
      {"the same of no family, as dig +subnet=0 says it", "0000 00 00", "0.0.0.0/0"},

      {"no family but an address", "0000 08 00 c0", nullptr},
      {"an unknown family", "0003 18 00 c00002", nullptr},
      {"an unknown family without address", "0003 00 00", nullptr},
      {"bit beyond the prefix", "0001 17 00 c00003", nullptr},
      {"one octet too few", "0001 18 00 c000", nullptr},
      {"one octet too many", "0001 18 00 c0000200", nullptr},
      {"address without a prefix", "0001 00 00 c0", nullptr},
      {"33 bits of IPv4", "0001 21 00 c000020180", nullptr},
      {"129 bits of IPv6", "0002 81 00 20010db800000000000000000000000180", nullptr},
      {"255 bits", "0002 ff 00 20010db8", nullptr},
      {"a scope in a query", "0001 18 18 c00002", nullptr},
      {"cut in its header", "0001 18", nullptr},
      {"empty", "", nullptr},
  };
  for (const auto& c : cases) {
    const auto subnet = parse_client_subnet(hex(c.option));
    ASSERT_EQ(subnet.has_value(), c.prefix != nullptr) << c.name;
    if (!subnet) continue;
    EXPECT_EQ(subnet->prefix().to_text(), c.prefix) << c.name;
  }
}

TEST(Ecs, AnswersRepeatWhatWasSent) {
  for (const char* sent : {"000117 00c00002", "000000 00", "000280 0020010db8000000000000000000000001", "000100 00"}) {
    const Octets option = hex(sent);
    const auto subnet = parse_client_subnet(option);
    ASSERT_TRUE(subnet) << sent;
    std::array<uint8_t, 64> room;
    WireWriter out(room);
    append_client_subnet(out, *subnet, 21);

    Octets expected = hex("0008 00");
    expected.push_back(static_cast<uint8_t>(option.size()));
    expected.insert(expected.end(), option.begin(), option.end());
    expected[7] = 21;
    EXPECT_EQ(to_hex(out.written()), to_hex(expected)) << sent;
    EXPECT_EQ(client_subnet_size(*subnet), out.size()) << sent;
  }
}

}  // namespace
}  // namespace isochrone::wire
