#include "util/ip.h"

#include <gtest/gtest.h>

namespace isochrone {
namespace {

using namespace std::string_view_literals;

TEST(IpAddress, TakesOnlyPlainPresentationFormat) {
  for (const auto text : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "2001:db8::1", "::ffff:192.0.2.1"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_text(), text);
  }
  for (const auto text : {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.01"sv, " 192.0.2.1"sv, "192.0.2.1 "sv, "[::1]"sv,
                          "fe80::1%eth0"sv, "2001:db8::1::"sv, "192.0.2.1\0"sv, "192.0.2.1\0x"sv, "host"sv,
                          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, MasksToAnyLength) {
  const auto address = *IpAddress::parse("2001:db8:ffff:ffff::ffff");
  EXPECT_EQ(address.masked(0).to_text(), "::");
  EXPECT_EQ(address.masked(33).to_text(), "2001:db8:8000::");
  EXPECT_EQ(address.masked(48).to_text(), "2001:db8:ffff::");
  EXPECT_EQ(address.masked(128), address);
}

TEST(IpAddress, KnowsWhatStaysOnTheMachine) {
  for (const auto text : {"127.0.0.1", "127.0.0.0", "127.255.255.255", "::1"}) EXPECT_TRUE(is_loopback(*IpAddress::parse(text))) << text;
  // Mapped forms are other addresses: a socket of IPv6 alone never has them, so what is not sure is refused.
  for (const auto text : {"126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2", "::ffff:127.0.0.1", "7f00::1"})
    EXPECT_FALSE(is_loopback(*IpAddress::parse(text))) << text;
}

TEST(Prefix, ParsesWithItsReasons) {
  struct Case {
    std::string_view text;
    std::string_view expected;  // empty: refused
    bool host_bits = false;
  };
  for (const Case& c : {
           Case{"192.0.2.0/24", "192.0.2.0/24"},
           {"0.0.0.0/0", "0.0.0.0/0"},
           {"::/0", "::/0"},
           {"192.0.2.1", "192.0.2.1/32"},
           {"2001:db8::1", "2001:db8::1/128"},
           {"192.0.2.1/24", "", true},
           {"2001:db8::1/64", "", true},
           {"192.0.2.0/33", ""},
           {"2001:db8::/129", ""},
           {"192.0.2.0/", ""},
           {"192.0.2.0/-0", ""},
           {"192.0.2.0/+8", ""},
           {"192.0.2.0/24/24", ""},
           {"192.0.2.0/4294967320", ""},
           {"/24", ""},
       }) {
    bool host_bits = true;
    const auto prefix = Prefix::parse(c.text, &host_bits);
    EXPECT_EQ(prefix ? prefix->to_text() : "", c.expected) << c.text;
    EXPECT_EQ(host_bits, c.host_bits) << c.text;
  }
}

TEST(Prefix, ContainsItsOwnFamilyOnly) {
  const auto net = *Prefix::parse("192.0.2.0/25");
  EXPECT_TRUE(net.contains(*IpAddress::parse("192.0.2.127")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("192.0.2.128")));
  EXPECT_TRUE(net.contains(*Prefix::parse("192.0.2.64/26")));
  EXPECT_TRUE(net.contains(net));
  EXPECT_FALSE(net.contains(*Prefix::parse("192.0.2.0/24")));
  EXPECT_FALSE(Prefix::parse("::/0")->contains(*IpAddress::parse("0.0.0.0")));
}

TEST(Fold, Ipv6ThatStandsForIpv4) {
  struct Case {
    const char* text;
    const char* folded;
    int bits_before;
  };
  for (const Case& c : {
           Case{"192.0.2.0/24", "192.0.2.0/24", 0},
           {"::ffff:192.0.2.0/120", "192.0.2.0/24", 96},
           {"::ffff:192.0.2.1", "192.0.2.1/32", 96},
           {"64:ff9b::192.0.2.0/120", "192.0.2.0/24", 96},
           {"64:ff9b:1::192.0.2.0/120", "64:ff9b:1::c000:200/120", 0},  // RFC 8215's is somebody's own network
           {"2002:c000:200::/40", "192.0.2.0/24", 16},
           {"2002:c000:201::/48", "192.0.2.1/32", 16},
           {"2002:c000:201:5::/64", "192.0.2.1/32", 16},
           {"2002::/16", "2002::/16", 0},        // nothing of the IPv4 address in it
           {"::ffff:0.0.0.0/96", "::ffff:0.0.0.0/96", 0},
           {"2000::/12", "2000::/12", 0},
           {"::ffff:0:0/97", "0.0.0.0/1", 96},
           {"2001:db8::/32", "2001:db8::/32", 0},
           {"::192.0.2.0/120", "::192.0.2.0/120", 0},  // "compatible" addresses are long deprecated
       }) {
    const Folded folded = fold(*Prefix::parse(c.text));
    EXPECT_EQ(folded.prefix.to_text(), c.folded) << c.text;
    EXPECT_EQ(folded.bits_before, c.bits_before) << c.text;
  }
}

TEST(Fold, AnAddressFoldsExactlyInTheFoldingBlocks) {
  for (const Prefix& block : folding_blocks()) {
    EXPECT_EQ(fold(block.address).address.to_text(), "0.0.0.0");
    EXPECT_EQ(fold(block.address).bits_before, block.len);
    IpAddress outside = block.address;
    outside.octets[(block.len - 1u) / 8] ^= static_cast<uint8_t>(0x80 >> (block.len - 1) % 8);
    EXPECT_EQ(fold(outside).bits_before, 0);
  }
}

TEST(Private, BlocksAreThoseOfTheRegistries) {
  for (const auto text : {"10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.168.1.1", "::1",
                          "fd00::1", "fe80::1"})
    EXPECT_TRUE(is_private(*IpAddress::parse(text))) << text;
  for (const auto text : {"11.0.0.0", "100.128.0.0", "172.32.0.0", "192.0.2.1", "::2", "2001:db8::1", "fec0::1"})
    EXPECT_FALSE(is_private(*IpAddress::parse(text))) << text;
}

TEST(Endpoint, IsAnAddressAndAPort) {
  for (const auto text : {"192.0.2.1:53", "[2001:db8::1]:5300", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_text(), text);
  }
  for (const auto text : {"", ":53", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:5x",
                          "2001:db8::1:53", "[192.0.2.1]:53", "[]:53", "[2001:db8::1]", "[2001:db8::1:53", "host:53"})
    EXPECT_FALSE(Endpoint::parse(text)) << text;
}

}  // namespace
}  // namespace isochrone
