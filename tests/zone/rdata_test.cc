#include "zone/rdata.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "zone/ldns.h"
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

std::string hex_of(const std::vector<uint8_t>& octets) {
  std::string text;
  for (const uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
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

// Whose text ldns does not write as it reads it.
constexpr std::pair<const char*, const char*> kOneWay[] = {
    {"LOC", "42 21 54 N 71 06 18 W -24m 30m"},
    {"LOC", "42 N 71 W 10"},
    {"LOC", "90 0 0 S 180 0 0 E 42849672.95m 90000000m 0.05m 123.4m"},
    {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8 1:0.0.0.0/0"},
    {"CERT", "1 2 RSASHA256 AQ ID"},
    {"CDNSKEY", "0 3 0 AA=="},
    {"KEY", "256 3 5 AQID"},
    {"SIG", "A 5 2 300 20300101000000 20200101000000 1 example. AQID"},
    {"RRSIG", "TYPE65280 13 2 300 20301231235959 20200229120000 12345 example. AQIDBA=="},
    {"DS", "60485 RSASHA1 1 2BB183AF5F22588179A5 3B0A98631FAD1A292118"},
    {"DLV", "1 8 2 e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5"},
    {"NSEC3", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY"},
    {"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG"},
    {"IPSECKEY", "10 2 2 2001:db8::1 AQNRU3mG"},
    {"IPSECKEY", "10 3 2 gateway.example. AQNRU3mG"},
    {"IPSECKEY", "10 0 2 . AQNRU3mG"},
    {"HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs1 rvs2.example.com."},
    {"ZONEMD", "2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c"},
    {"SMIMEA", "3 1 1 d2abde24 0d7cd3ee"},
    {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
    {"NID", "10 14:4fff:ff20:ee64"},
    {"L32", "10 10.1.2.0"},
    {"L64", "10 2001:0DB8:1140:1000"},
    {"LP", "10 l64-subnet1"},
    {"EUI64", "00-00-5e-ef-10-00-00-2a"},
    {"RT", "1 x"},
    {"PX", "10 a b"},
    {"MINFO", "a b"},
    {"MB", "a"},
    {"X25", "311061700956"},
    {"ISDN", "150862028003217 004"},
    {"GPOS", "-32.6882 116.8652 10.0"},
    {"SPF", "\"v=spf1 -all\""},
    {"TALINK", "a b"},
    {"NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00"},
};

TEST(Rdata, OctetsAreThoseOfLdns) {
  for (const auto& [type, text] : kOneWay) {
    std::string told;
    EXPECT_EQ(ours(type, text, told), theirs(type, text)) << type << " " << text;
    EXPECT_EQ(told, "") << type << " " << text;
  }
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
  EXPECT_EQ(to_presentation(wire::Type(45), std::vector<uint8_t>{10, 0, 0}), "\\# 3 0a0000") << "ldns finds no text for it";
}

// As BIND writes them: ldns does not know these, or has them wrong.
TEST(Rdata, OctetsThatLdnsDoesNotMake) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"NSEC", "b", "0162076578616d706c6500"},
      {"CSYNC", "66 3", "000000420003"},
      {"URI", "10 1 ftp://x/", "000a00016674703a2f2f782f"},
      {"IPSECKEY", "10 1 0 192.0.2.3", "0a0100c0000203"},
      {"IPSECKEY", "10 3 2 gw AQNRU3mG", "0a0302026777076578616d706c6500010351537986"},
      {"RRSIG", "A 8 2 1h 19700101000001 4294967295 1 e. AQID", "0001080200000e1000000001ffffffff0001016500010203"},
      {"CAA", "0 issue \"\"", "00056973737565"},
      {"AVC", "\"app\"", "03617070"},
      {"NINFO", "a b", "01610162"},
      {"RKEY", "0 3 1 AQID", "00000301010203"},
      {"TA", "1 8 9 abcd", "00010809abcd"},
      {"DOA", "1 2 3 \"image/gif\" AQID", "00000001000000020309696d6167652f676966010203"},
      {"DOA", "0 0 1 \"\" -", "00000000000000000100"},
      {"AMTRELAY", "10 0 0 .", "0a00"},
      {"AMTRELAY", "10 0 1 203.0.113.15", "0a01cb00710f"},
      {"AMTRELAY", "10 1 2 2001:db8::15", "0a8220010db8000000000000000000000015"},
      {"AMTRELAY", "128 1 3 relay", "80830572656c6179076578616d706c6500"},
      {"SINK", "1 2 3 AwEA AbEB", "01020303010001b101"},
      {"SINK", "1 2 3", "010203"},
      {"RESINFO", "qnamemin exterr=15-17", "08716e616d656d696e0c6578746572723d31352d3137"},
      {"WALLET", "BTC addr", "034254430461646472"},
      {"DSYNC", "CDS NOTIFY 5300 a.", "003b0114b4016100"},
      {"DSYNC", "TYPE59 1 5300 a.", "003b0114b4016100"},
  };
  for (const auto& [type, text, octets] : cases) {
    std::string told;
    EXPECT_EQ(hex_of(ours(type, text, told)), octets) << type << " " << text;
    EXPECT_EQ(told, "") << type << " " << text;
  }
}

// RFC 9460 appendix D, and what its text asks for.
TEST(Rdata, ServiceParameters) {
  const std::pair<const char*, const char*> cases[] = {
      {"0 foo.", "000003666f6f00"},
      {"1 .", "000100"},
      {"16 foo. port=53", "001003666f6f00000300020035"},
      {"1 foo. key667=hello", "000103666f6f00029b000568656c6c6f"},
      {"1 foo. key667=\"hello\\210qoo\"", "000103666f6f00029b000968656c6c6fd2716f6f"},
      {"1 foo. ipv6hint=\"2001:db8::1,2001:db8::53:1\"",
       "000103666f6f000006002020010db800000000000000000000000120010db8000000000000000000530001"},
      {"1 foo. ipv6hint=\"2001:db8:122:344::192.0.2.33\"", "000103666f6f000006001020010db80122034400000000c0000221"},
      {"16 foo. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
       "001003666f6f000000000400010004000100090268320568332d313900040004c0000201"},
      {"16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "001003666f6f000001000c08665c6f6f2c626172026832"},
      {"1 foo. alpn=f\\\\\\092oo\\092,bar,h2", "000103666f6f000001000c08665c6f6f2c626172026832"},
      {"1 foo. key1=\\002h2 key3=\\001\\187", "000103666f6f00000100030268320003000201bb"},
      {"1 foo. key667 ohttp tls-supported-groups=29,23", "000103666f6f000008000000090004001d0017029b0000"},
      {"1 foo. ech=\"AQID\" dohpath=/q{?dns}", "000103666f6f0000050003010203000700082f717b3f646e737d"},
      {"1 foo. no-default-alpn alpn=h2", "000103666f6f000001000302683200020000"},
  };
  for (const auto& [text, octets] : cases) {
    std::string told;
    EXPECT_EQ(hex_of(ours("SVCB", text, told)), octets) << text;
    EXPECT_EQ(told, "") << text;
  }
}

TEST(Rdata, ServiceParametersThatAreNone) {
  const std::pair<const char*, const char*> cases[] = {
      {"65536 .", "1:1: '65536' is not a priority; expected a number from 0 to 65535"},
      {"1 . foo=bar", "1:5: 'foo' is not a service parameter; expected e.g. 'alpn=h2', 'port=443' or 'key65280=text'"},
      {"1 . \"alpn=h2\"", "1:5: 'alpn' is not a service parameter; expected e.g. 'alpn=h2', 'port=443' or 'key65280=text'"},
      {"1 . alpn= \"h2\"", "1:5: '' is not a value of alpn; expected protocols, e.g. 'alpn=h2,h3'"},
      {"1 . key0667=a", "1:5: 'key0667' is not a service parameter; expected e.g. 'alpn=h2', 'port=443' or 'key65280=text'"},
      {"1 . alpn=h2 alpn=h3", "1:13: second alpn; expected each key once (RFC 9460 §2.1)"},
      {"1 . alpn=h2,,h3", "1:5: 'h2,,h3' is not a value of alpn; expected protocols, e.g. 'alpn=h2,h3'"},
      {"1 . alpn", "1:5: '' is not a value of alpn; expected protocols, e.g. 'alpn=h2,h3'"},
      {"1 . port=65536", "1:5: '65536' is not a value of port; expected a number from 0 to 65535"},
      {"1 . port", "1:5: '' is not a value of port; expected a number from 0 to 65535"},
      {"1 . key3=a", "1:5: 'a' is not a value of port; expected a number from 0 to 65535"},
      {"1 . ipv4hint=1.2.3", "1:5: '1.2.3' is not a value of ipv4hint; expected addresses, e.g. 'ipv4hint=192.0.2.1,192.0.2.2'"},
      {"1 . ech=***", "1:5: '***' is not a value of ech; expected base64"},
      {"1 . ohttp=1", "1:5: '1' is not a value of ohttp; expected no value"},
      {"1 . mandatory=alpn", "1:5: 'alpn' is mandatory and not there; expected keys of this record"},
      {"1 . mandatory=mandatory", "1:5: mandatory lists itself; expected other keys of this record (RFC 9460 §8)"},
      {"1 . mandatory=port,mandatory port=1", "1:5: mandatory lists itself; expected other keys of this record (RFC 9460 §8)"},
      {"1 . key0=\\000\\000", "1:5: mandatory lists itself; expected other keys of this record (RFC 9460 §8)"},
      {"1 . mandatory=port,port port=1", "1:5: 'port,port' is not a value of mandatory; expected keys, each once, e.g. 'mandatory=alpn,port'"},
      {"1 . no-default-alpn", "1:5: no-default-alpn without alpn; expected 'alpn=' with the protocols there are (RFC 9460 §7.1.1)"},
      {"1 . key667=\\256", "1:5: bad escape '\\256'; expected \\X or \\DDD up to \\255"},
  };
  for (const auto& [text, problem] : cases) {
    std::string told;
    ours("HTTPS", text, told);
    EXPECT_EQ(told, std::string("zone:") + problem + "\n") << text;
  }
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
      {"SOA", "a b 1 2 3 4 4294967295", "1:13: '4294967295' is not a minimum; expected seconds or e.g. '1h30m', at most 2147483647"},
      {"SOA", "a b 1 2 3x 4 5", "1:9: '3x' is not a retry; expected seconds or e.g. '1h30m', at most 2147483647"},
      {"NS", std::string(64, 'x'), "1:1: '" + std::string(64, 'x') + "' has a label of more than 63 octets; expected a name server"},
      {"TXT", long_string, "1:1: string of 256 octets; expected at most 255; split it into several"},
      {"TXT", "a\\999", "1:1: bad escape '\\999'; expected \\X or \\DDD up to \\255"},
      {"CAA", "256 issue x", "1:1: '256' is not a flags value; expected a number from 0 to 255"},
      {"CAA", "0 is-sue x", "1:3: 'is-sue' is not a CAA tag; expected letters and digits, e.g. 'issue'"},
      {"DS", "1 2 3", "1:6: DS record ends too early; expected its digest"},
      {"DS", "1 8 2 abcd", "1:5: digest of 2 octets; expected 32 of digest type 2"},
      {"DS", "1 NOALG 2 ab", "1:3: 'NOALG' is not an algorithm; expected a number from 0 to 255"},
      {"DS", "1 8 9 ab c", "1:7: the digest is not hexadecimal; expected two digits for each octet"},
      {"DNSKEY", "256 3 8 A*", "1:9: the key is not base64; expected groups of four characters (RFC 4648 §4)"},
      {"RRSIG", "A 8 2 300 20301301000000 20200101000000 1 e. AQID",
       "1:11: '20301301000000' is not an expiration; expected e.g. '20301231235959', or seconds since 1970"},
      {"NSEC", "b A FOO", "1:5: unknown type 'FOO'; expected a type such as A, AAAA, NS or TYPE65280"},
      {"NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22boj",
       "1:9: '2t7b4g4vsa5smi47k61mv5bv1a22boj' is not a hash of the next name; expected base32hex without padding (RFC 5155 §3.3)"},
      {"NSEC3PARAM", "1 0 0 abc", "1:7: 'abc' is not a salt; expected two hexadecimal digits for each octet, or '-' for none"},
      {"CSYNC", "4294967296 3 A", "1:1: '4294967296' is not a serial; expected a number from 0 to 4294967295"},
      {"SSHFP", "256 2 12", "1:1: '256' is not an algorithm; expected a number from 0 to 255"},
      {"SSHFP", "4 2", "1:4: SSHFP record ends too early; expected its fingerprint"},
      {"TLSA", "3 1 1 d", "1:7: the certificate association data is not hexadecimal; expected two digits for each octet"},
      {"ZONEMD", "1 1 1 00", "1:7: digest of 1 octets; expected at least 12"},
      {"URI", "10 1 \"\"", "1:6: empty target; expected at least one octet"},
      {"EUI48", "0-0-5e-0-53-2a", "1:1: '0-0-5e-0-53-2a' is not an EUI-48 address; expected 6 groups of 2 hexadecimal digits with '-' between them"},
      {"EUI64", "00-00-5e-ef-10-00-00", "1:1: '00-00-5e-ef-10-00-00' is not an EUI-64 address; expected 8 groups of 2 hexadecimal digits with '-' between them"},
      {"L64", "10 2001:db8:1140:10000", "1:4: '2001:db8:1140:10000' is not an identifier; expected 4 groups of 4 hexadecimal digits with ':' between them"},
      {"APL", "1:192.0.2.0/33", "1:1: '1:192.0.2.0/33' is not an address prefix; expected e.g. '1:192.0.2.0/24' or '!2:2001:db8::/32'"},
      {"APL", "3:00/8", "1:1: '3:00/8' is not an address prefix; expected e.g. '1:192.0.2.0/24' or '!2:2001:db8::/32'"},
      {"IPSECKEY", "10 1 2 gateway. AQID", "1:8: 'gateway.' is not an IPv4 address; expected e.g. '192.0.2.1'"},
      {"IPSECKEY", "10 0 2 gateway. AQID", "1:8: 'gateway.' where there is no gateway; expected '.'"},
      {"AMTRELAY", "10 2 1 192.0.2.1", "1:4: '2' is not a discovery bit; expected 0 or 1"},
      {"HIP", "2 2001 A*==", "1:8: the public key is not base64; expected groups of four characters (RFC 4648 §4)"},
      {"LOC", "nonsense", "1:1: 'nonsense' in the latitude; expected degrees, minutes below 60, seconds below 60 with at most three decimals, then 'N' or 'S'"},
      {"LOC", "0 60 0 N 0 0 0 E 0m", "1:3: '60' in the latitude; expected degrees, minutes below 60, seconds below 60 with at most three decimals, then 'N' or 'S'"},
      {"LOC", "90 0 0.001 N 0 E 0m", "1:12: latitude of more than 90 degrees; expected at most 90"},
      {"LOC", "0 N 0 0 0 E", "1:12: LOC record ends too early; expected its altitude"},
      {"LOC", "0 N 0 E -100001m", "1:9: '-100001m' is not an altitude; expected metres from -100000.00 to 42849672.95"},
      {"LOC", "0 N 0 E 0m 90000001m", "1:12: '90000001m' is not a size; expected metres from 0 to 90000000.00"},
      {"LOC", "0 N 0 E 0m 1m 2m 3m 4m", "1:21: '4m' is too much for type LOC; expected the end of the line"},
      {"WKS", "nonsense", "1:1: not data of type WKS; "},
      {"TYPE65280", "abc", "1:1: TYPE65280 has no presentation format here; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\#", "1:3: '\\#' without a length; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\# x", "1:4: 'x' is not a length; expected '\\# <octets> <hex>' (RFC 3597 §5)"},
      {"TYPE65280", "\\# 2 01", "1:4: 2 octets are announced and 1 follow; expected two hexadecimal digits for each"},
      {"TYPE65280", "\\# 1 0", "1:6: an odd number of hexadecimal digits; expected two for each octet"},
      {"TYPE65280", "\\# 2 abc", "1:6: an odd number of hexadecimal digits; expected two for each octet"},
      {"TYPE65280", "\\# 2 ab c", "1:9: an odd number of hexadecimal digits; expected two for each octet"},
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
