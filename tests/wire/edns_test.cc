#include "wire/edns.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace isochrone::wire {
namespace {

TEST(Edns, FieldsOfAnOpt) {
  struct {
    const char* name;
    uint16_t sent;
    uint32_t ttl;
    uint16_t payload;
    uint8_t version;
    bool dnssec_ok;
  } cases[] = {
      {"the usual", 1232, 0x00008000, 1232, 0, true},
      {"less than 512 means 512", 0, 0x00000000, 512, 0, false},
      {"unknown flags, DO not among them", 4096, 0x00007fff, 4096, 0, false},
      {"the greatest", 65535, 0x00000000, 65535, 0, false},
      {"a version to come, extended RCODE set", 512, 0xff020000, 512, 2, false},
  };
  for (const auto& c : cases) {
    Edns edns;
    parse_edns(edns, c.sent, c.ttl, {});
    EXPECT_TRUE(edns.present) << c.name;
    EXPECT_EQ(edns.payload, c.payload) << c.name;
    EXPECT_EQ(edns.version, c.version) << c.name;
    EXPECT_EQ(edns.dnssec_ok, c.dnssec_ok) << c.name;
  }
}

TEST(Edns, OptionsOfAQuery) {
  struct {
    const char* name;
    const char* options;
    const char* seen;  // n: NSID, k: keepalive, p: padding, c: cookie, s: subnet, !: malformed
  } cases[] = {
      {"none", "", ""},
      {"NSID", "0003 0000", "n"},
      {"NSID with content, which means nothing", "0003 0002 6162", "n"},
      {"keepalive", "000b 0000", "k"},
      {"keepalive with a time-out is a server's", "000b 0002 0064", ""},
      {"padding", "000c 0004 00000000", "p"},
      {"cookie", "000a 0008 0102030405060708", "c"},
      {"subnet", "0008 0007 0001 18 00 c00002", "s"},
      {"all, with unknown ones between",
       "0003 0000 0064 0001 00 000a 0008 0102030405060708 ffff 0000 0008 0004 00010000"
       "000b 0000 000c 0000",
       "nkpcs"},
      {"a malformed subnet", "0003 0000 0008 0003 000100", "n!"},
      {"a malformed cookie", "000a 0000", "!"},
      {"cut", "0003 0000 0003", "n!"},
      {"runs over", "0064 0005 00000000", "!"},
  };
  for (const auto& c : cases) {
    Edns edns;
    const Octets options = hex(c.options);
    parse_edns(edns, 1232, 0, options);
    std::string seen;
    if (edns.nsid) seen += 'n';
    if (edns.keepalive) seen += 'k';
    if (edns.padding) seen += 'p';
    if (edns.cookie) seen += 'c';
    if (edns.subnet) seen += 's';
    if (edns.malformed) seen += '!';
    EXPECT_EQ(seen, c.seen) << c.name;
  }
}

TEST(Edns, TheFirstOfSeveralCounts) {
  Edns edns;
  const Octets options =
      hex("000a 0008 1111111111111111 000a 0008 2222222222222222 000a 0001 33"
          "0008 0005 0001 08 00 0a    0008 0005 0001 08 00 0b     0008 0001 00");
  parse_edns(edns, 1232, 0, options);
  EXPECT_FALSE(edns.malformed);
  EXPECT_EQ(edns.cookie->client[0], 0x11);
  EXPECT_EQ(edns.subnet->prefix().to_text(), "10.0.0.0/8");
}

std::string opt_octets(const Opt& opt, uint8_t extended_rcode, size_t room) {
  std::vector<uint8_t> buffer(room);
  WireWriter out(buffer);
  append_opt(out, opt, extended_rcode);
  return out.overflowed() ? "overflow" : to_hex(out.written());
}

TEST(Opt, AsSent) {
  const Octets nsid = hex("6e7331");
  const Cookie cookie{ClientCookie{1, 2, 3, 4, 5, 6, 7, 8}, {}};
  const auto subnet = parse_client_subnet(hex("0001 14 00 c00000"));
  Opt plain, full, error;
  full.dnssec_ok = true;
  full.nsid = nsid;
  full.keepalive = 100;
  full.cookie = &cookie;
  full.server_cookie = {1};
  full.subnet = &*subnet;
  full.scope_prefix_len = 22;
  error.error = ExtendedError::NoReachableAuthority;
  error.error_text = "all down";

  EXPECT_EQ(opt_octets(plain, 0, 512), to_hex(hex("00 0029 04d0 00 00 0000 0000")));
  EXPECT_EQ(opt_octets(plain, 1, 512), to_hex(hex("00 0029 04d0 01 00 0000 0000")));
  const std::string sent = opt_octets(full, 0, 512);
  EXPECT_EQ(sent, to_hex(hex("00 0029 04d0 00 00 8000 0034"
                             "0003 0003 6e7331"
                             "0008 0007 0001 14 16 c00000"
                             "000a 0018 0102030405060708 01000000000000000000000000000000"
                             "000b 0002 0064")));
  EXPECT_EQ(opt_size(full), sent.size() / 2);
  EXPECT_EQ(opt_size(error), opt_size(plain));

  // An explanation never costs an answer: text and code go where there is no room.
  const std::string head = to_hex(hex("00 0029 04d0 00 00 0000"));
  EXPECT_EQ(opt_octets(error, 0, 25), head + "000e000f000a0016616c6c20646f776e");
  EXPECT_EQ(opt_octets(error, 0, 24), head + "0006000f00020016");
  EXPECT_EQ(opt_octets(error, 0, 17), head + "0006000f00020016");
  EXPECT_EQ(opt_octets(error, 0, 16), head + "0000");
}

}  // namespace
}  // namespace isochrone::wire
