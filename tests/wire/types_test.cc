#include "wire/types.h"

#include <gtest/gtest.h>

namespace isochrone::wire {
namespace {

TEST(Types, MnemonicsBothWays) {
  struct {
    const char* text;
    uint16_t type;
  } cases[] = {{"A", 1},       {"NS", 2},          {"SOA", 6},     {"NSAP-PTR", 23},     {"AAAA", 28},
               {"DNAME", 39},  {"NSEC3PARAM", 51}, {"HTTPS", 65},  {"ANY", 255},         {"CAA", 257},
               {"DLV", 32769}, {"TYPE0", 0},       {"TYPE54", 54}, {"TYPE65280", 65280}, {"TYPE65535", 65535}};
  for (const auto& c : cases) {
    EXPECT_EQ(parse_type(c.text), Type{c.type}) << c.text;
    EXPECT_EQ(to_text(Type{c.type}), c.text);
  }
}

TEST(Types, EveryNumberComesBackAsItself) {
  for (int n = 0; n < 65536; ++n) {
    const Type type{static_cast<uint16_t>(n)};
    ASSERT_EQ(parse_type(to_text(type)), type) << n;
  }
}

TEST(Types, AnyCaseAndOldNames) {
  EXPECT_EQ(parse_type("aaaa"), Type::AAAA);
  EXPECT_EQ(parse_type("type28"), Type::AAAA);
  EXPECT_EQ(parse_type("Nsec3Param"), Type::NSEC3PARAM);
}

TEST(Types, WhatIsNoType) {
  for (const char* text : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "IN", "AA", "NSEC3PARAMS", "TYPE 1", "*"}) {
    EXPECT_FALSE(parse_type(text)) << text;
  }
}

TEST(Types, MetaTypesAreNeverData) {
  for (const Type type : {Type::OPT, Type::TSIG, Type::AXFR, Type::ANY, Type{0}, Type{128}}) EXPECT_TRUE(is_meta(type));
  for (const Type type : {Type::A, Type::CAA, Type{127}, Type{256}, Type{65280}}) EXPECT_FALSE(is_meta(type));
}

TEST(Rcodes, HaveNames) {
  EXPECT_EQ(to_text(Rcode::NxDomain), "NXDOMAIN");
  EXPECT_EQ(to_text(Rcode::BadVers), "BADVERS");
  EXPECT_EQ(to_text(Rcode{11}), "RCODE11");
}

}  // namespace
}  // namespace isochrone::wire
