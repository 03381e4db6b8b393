#include "zone/rdata.h"

#include <gtest/gtest.h>

#include <memory>

#include "util/ldns.h"
#include "zone_text.h"

namespace isochrone::zone {
namespace {

std::vector<uint8_t> ours(std::string_view type, std::string_view text, std::string& told) {
  Problems problems;
  Tokenizer tokenizer(text, "zone", problems);
  Entry entry;
  tokenizer.next(entry);
  const wire::Name origin = name("example.");
  std::vector<uint8_t> rdata;
  const auto end = static_cast<uint32_t>(text.size()) + 1;
  parse_rdata(wire::parse_type(type).value(), {entry.tokens, origin.wire(), "zone", 1, end}, rdata, problems);
  told = problems.to_text();
  return rdata;
}

// What ldns makes of the same text.
std::vector<uint8_t> theirs(std::string_view type, std::string_view text) {
  const std::unique_ptr<ldns_rdf, void (*)(ldns_rdf*)> origin(ldns_dname_new_frm_str("example."), ldns_rdf_deep_free);
  ldns_rr* rr_made = nullptr;
  const std::string line = "x.example. 60 IN " + std::string(type) + " " + std::string(text);
  if (ldns_rr_new_frm_str(&rr_made, line.c_str(), 60, origin.get(), nullptr) != LDNS_STATUS_OK) return {0xde, 0xad};
  const std::unique_ptr<ldns_rr, void (*)(ldns_rr*)> rr(rr_made, ldns_rr_free);
  const std::unique_ptr<ldns_buffer, void (*)(ldns_buffer*)> buffer(ldns_buffer_new(65536), ldns_buffer_free);
  ldns_rr_rdata2buffer_wire(buffer.get(), rr.get());
  return {ldns_buffer_begin(buffer.get()), ldns_buffer_current(buffer.get())};
}

constexpr std::pair<const char*, const char*> kRecords[] = {
    {"A", "192.0.2.1"},
    {"A", "255.255.255.255"},
    {"AAAA", "2001:db8::1"},
    {"AAAA", "::ffff:192.0.2.1"},
    {"NS", "ns1"},
    {"NS", "Ns1.Other.Test."},
    {"CNAME", "@"},
    {"PTR", "a\\.b.c"},
    {"DNAME", "other.test."},
    {"MX", "10 mail"},
    {"MX", "0 ."},
    {"TXT", "\"a b\" c \"\" \"q\\\"\\065\""},
    {"SOA", "ns1 host.master 2026112401 7200 900 1209600 60"},
    {"SRV", "1 2 443 target"},
    {"NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.!\" ."},
    {"CAA", "0 issue \"ca.example.net; policy=ev\""},
    {"CAA", "128 iodef \"mailto:security@example.\""},
    {"HINFO", "\"INTEL x86\" linux"},
    {"RP", "mbox txt"},
    {"AFSDB", "1 server"},
    {"KX", "10 kx"},
    {"LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"},
    {"SSHFP", "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"},
    {"TLSA", "3 1 1 0d6fce3b1b8f5cb8ca2e2e5c21ae50ad2d5d1f5a3b3c5e7f9a1b3c5d7e9f0a1b"},
    {"DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
    {"CDS", "0 0 0 00"},
    {"DNSKEY", "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="},
    {"RRSIG", "A 13 2 300 20261231000000 20261101000000 12345 example. c2lnbmF0dXJl"},
    {"NSEC", "b A NS SOA RRSIG NSEC TYPE65280"},
    {"NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"},
    {"NSEC3PARAM", "1 0 0 -"},
    {"URI", "10 1 \"https://example./path\""},
    {"CERT", "PKIX 0 0 c29tZXRoaW5n"},
    {"OPENPGPKEY", "c29tZXRoaW5n"},
    {"EUI48", "00-00-5e-00-53-2a"},
    {"CSYNC", "66 3 A NS AAAA"},
    {"SVCB", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1"},
    {"HTTPS", "1 target alpn=h2"},
    {"HTTPS", "0 alias"},
};

TEST(Rdata, OctetsAreThoseOfLdns) {
  for (const auto& [type, text] : kRecords) {
    std::string told;
    EXPECT_EQ(ours(type, text, told), theirs(type, text)) << type << " " << text;
    EXPECT_EQ(told, "") << type << " " << text;
  }
}

TEST(Rdata, ThereAndBack) {
  for (const auto& [type_text, text] : kRecords) {
    std::string told;
    const wire::Type type = wire::parse_type(type_text).value();
    const auto rdata = ours(type_text, text, told);
    EXPECT_EQ(ours(type_text, to_presentation(type, rdata), told), rdata) << type_text << " " << to_presentation(type, rdata);
    EXPECT_EQ(told, "");
  }
  EXPECT_EQ(to_presentation(wire::Type::MX, std::vector<uint8_t>{0, 10, 4, 'm', 'a', 'i', 'l', 0}), "10 mail.");
  EXPECT_EQ(to_presentation(wire::Type::MX, std::vector<uint8_t>{0, 10, 4}), "\\# 3 000a04");
  EXPECT_EQ(to_presentation(wire::Type(65280), std::vector<uint8_t>{}), "\\# 0");
}

TEST(Rdata, NamesKeepTheirCase) {
  std::string told;
  const std::vector<uint8_t> expected = {3, 'W', 'w', 'W', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
  EXPECT_EQ(ours("NS", "WwW", told), expected);
}

TEST(Rdata, MistakesAreSaidAtTheirPlace) {
  const std::string long_string(256, 'x');
  const std::tuple<const char*, std::string, std::string> cases[] = {
      {"A", "192.0.2", "1:1: '192.0.2' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"A", "192.0.2.256", "1:1: '192.0.2.256' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"A", "192.0.2.01", "1:1: '192.0.2.01' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"A", "192.0..1", "1:1: '192.0..1' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"A", "1.2.3.4.5", "1:1: '1.2.3.4.5' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"A", "2001:db8::1", "1:1: '2001:db8::1' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"AAAA", "192.0.2.1", "1:1: '192.0.2.1' is not an IPv6 address; expected e.g. '2001:db8::1'"},
      {"MX", "65536 mail", "1:1: '65536' is not a preference; expected a number from 0 to 65535"},
      {"MX", "mail", "1:1: 'mail' is not a preference; expected a number from 0 to 65535"},
      {"MX", "10", "1:3: MX record ends too early; expected its mail server"},
      {"MX", "10 mail more", "1:9: 'more' is too much for type MX; expected the end of the line"},
      {"SRV", "0 0 70000 x", "1:5: '70000' is not a port; expected a number from 0 to 65535"},
      {"SOA", "a b 1 2 3 4", "1:12: SOA record ends too early; expected its minimum"},
      {"SOA", "a b -1 2 3 4 5", "1:5: '-1' is not a serial; expected a number from 0 to 4294967295"},
      {"SOA", "a b 1 2 3x 4 5", "1:9: '3x' is not a retry; expected seconds or e.g. '1h30m'"},
      {"NS", std::string(64, 'x'), "1:1: '" + std::string(64, 'x') + "' has a label of more than 63 octets; expected a name server"},
      {"TXT", long_string, "1:1: string of 256 octets; expected at most 255; split it into several"},
      {"TXT", "a\\999", "1:1: bad escape '\\999'; expected \\X or \\DDD up to \\255"},
      {"CAA", "256 issue x", "1:1: '256' is not a flags value; expected a number from 0 to 255"},
      {"CAA", "0 is-sue x", "1:3: 'is-sue' is not a CAA tag; expected letters and digits, e.g. 'issue'"},
      {"DS", "1 2 3", "1:1: not data of type DS; "},
      {"LOC", "nonsense", "1:1: not data of type LOC; "},
      {"TYPE65280", "abc", "1:1: TYPE65280 has no presentation format here; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\#", "1:3: '\\#' without a length; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\# x", "1:4: 'x' is not a length; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\# 2 01", "1:4: 2 octets are announced and 1 follow; expected two hexadecimal digits for each"},
      {"TYPE65280", "\\# 1 0", "1:4: 1 octets are announced and 0 follow; expected two hexadecimal digits for each"},
      {"TYPE65280", "\\# 1 0x", "1:6: '0x' is not hexadecimal; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"A", "\\# 3 010203", "1:1: these octets are not data of type A; expected its wire format, names uncompressed"},
      {"A", "\\# 5 0102030405", "1:1: these octets are not data of type A; expected its wire format, names uncompressed"},
      {"A", "\\# 0", "1:1: these octets are not data of type A; expected its wire format, names uncompressed"},
      {"NS", "\\# 2 c000", "1:1: these octets are not data of type NS; expected its wire format, names uncompressed"},
      {"NS", "\\# 3 016100", ""},
      {"SOA", "\\# 2 0000", "1:1: these octets are not data of type SOA; expected its wire format, names uncompressed"},
  };
  for (const auto& [type, text, problem] : cases) {
    std::string told;
    ours(type, text, told);
    const std::string expected = problem.empty() ? "" : "zone:" + problem;
    if (expected.ends_with("; ")) {
      EXPECT_TRUE(told.starts_with(expected)) << told;  // then ldns's own words
    } else {
      EXPECT_EQ(told, expected.empty() ? "" : expected + "\n") << type << " " << text;
    }
  }
}

}  // namespace
}  // namespace isochrone::zone
