#include "wire/cookie.h"

#include <gtest/gtest.h>

#include "hex.h"
#include "wire/siphash.h"

namespace isochrone::wire {
namespace {

template <typename Array>
Array array_of(const Octets& octets) {
  Array array{};
  std::copy(octets.begin(), octets.end(), array.begin());
  return array;
}
ClientCookie client_cookie(const char* text) {
  return array_of<ClientCookie>(hex(text));
}
CookieSecret secret(const char* text) {
  return array_of<CookieSecret>(hex(text));
}
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

// Of the paper's reference implementation: key 00 01 … 0f, message of n octets 00 01 ….
TEST(SipHash, ReferenceVectors) {
  const auto key = secret("000102030405060708090a0b0c0d0e0f");
  Octets message;
  for (uint8_t i = 0; i < 16; ++i) message.push_back(i);
  EXPECT_EQ(siphash24(key, {message.data(), 0}), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(siphash24(key, {message.data(), 1}), 0x74f839c593dc67fdu);
  EXPECT_EQ(siphash24(key, {message.data(), 8}), 0x93f5f5799a932462u);
  EXPECT_EQ(siphash24(key, {message.data(), 15}), 0xa129ca6149be45e5u);
}

// RFC 9018 appendix A.
TEST(Cookie, ServerCookiesOfTheRfc) {
  struct {
    const char* name;
    const char* secret;
    const char* ip;
    const char* client;
    uint32_t now;
    const char* server;
  } cases[] = {
      {"A.1 a new one", "e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100", "2464c4abcf10c957", 1559731985,
       "010000005cf79f111f8130c3eee29480"},
      {"A.2 a renewed one", "e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100", "2464c4abcf10c957", 1559734385,
       "010000005cf7a871d4a564a1442aca77"},
      {"A.3 another client's", "e5e973e5a6b2a43f48e7dc849e37bfcf", "203.0.113.203", "fc93fc62807ddb86", 1559734700,
       "010000005cf7a9acf73a7810aca2381e"},
      {"A.4 IPv6, another secret", "445536bcd2513298075a5d379663c962", "2001:db8:220:1:59de:d0f4:8769:82b8",
       "22681ab97d52c298", 1559741961, "010000005cf7c609a6bb79d16625507a"},
  };
  for (const auto& c : cases) {
    const auto made = make_server_cookie(client_cookie(c.client), ip(c.ip), c.now, secret(c.secret));
    EXPECT_EQ(to_hex(made), c.server) << c.name;
  }
}

TEST(Cookie, Lengths) {
  for (size_t n = 0; n <= 48; ++n) {
    const Octets option(n, 0xaa);
    const auto cookie = parse_cookie(option);
    ASSERT_EQ(cookie.has_value(), n == 8 || (n >= 16 && n <= 40)) << n;
    if (!cookie) continue;
    EXPECT_EQ(cookie->server.size(), n - 8) << n;
  }
}

TEST(Cookie, CheckedByAgeClientAndSecret) {
  const auto ours = secret("e5e973e5a6b2a43f48e7dc849e37bfcf"), old = secret("dd3bdf9344b678b185a6f5cb60fca715");
  const auto client = client_cookie("2464c4abcf10c957");
  const IpAddress home = ip("198.51.100.100");
  const uint32_t made_at = 1000000;
  const ServerCookie good = make_server_cookie(client, home, made_at, ours);
  const ServerCookie of_old = make_server_cookie(client, home, made_at, old);
  ServerCookie version2 = good, touched = good;
  version2[0] = 2;
  touched[15] ^= 1;
  ServerCookie future = make_server_cookie(client, home, 5, ours);
  // RFC 9018 A.3: what a server of another make has put into Reserved is hashed, not judged.
  const ServerCookie reserved = array_of<ServerCookie>(hex("01abcdef5cf78f71a314227b6679ebf5"));

  struct {
    const char* name;
    ServerCookie server;
    const char* ip;
    uint32_t now;
    CookieCheck expected;
  } cases[] = {
      {"at once", good, "198.51.100.100", made_at, CookieCheck::Good},
      {"half an hour old", good, "198.51.100.100", made_at + 1800, CookieCheck::Good},
      {"older than that", good, "198.51.100.100", made_at + 1801, CookieCheck::Stale},
      {"an hour old", good, "198.51.100.100", made_at + 3600, CookieCheck::Stale},
      {"too old", good, "198.51.100.100", made_at + 3601, CookieCheck::Bad},
      {"five minutes ahead", good, "198.51.100.100", made_at - 300, CookieCheck::Good},
      {"too far ahead", good, "198.51.100.100", made_at - 301, CookieCheck::Bad},
      {"time has wrapped", future, "198.51.100.100", uint32_t(-5), CookieCheck::Good},
      {"of another address", good, "198.51.100.101", made_at, CookieCheck::Bad},
      {"of another family", good, "2001:db8::1", made_at, CookieCheck::Bad},
      {"another version", version2, "198.51.100.100", made_at, CookieCheck::Bad},
      {"one bit changed", touched, "198.51.100.100", made_at, CookieCheck::Bad},
      {"signed with the secret before", of_old, "198.51.100.100", made_at, CookieCheck::Stale},
  };
  const CookieSecret secrets[] = {ours, old};
  for (const auto& c : cases) {
    EXPECT_EQ(check_server_cookie({client, c.server}, ip(c.ip), c.now, secrets), c.expected) << c.name;
  }
  const CookieSecret of_rfc[] = {ours};
  EXPECT_EQ(check_server_cookie({client_cookie("fc93fc62807ddb86"), reserved}, ip("203.0.113.203"), 0x5cf78f71, of_rfc),
            CookieCheck::Good);
  EXPECT_EQ(check_server_cookie({client, good}, home, made_at, {}), CookieCheck::Bad);
  EXPECT_EQ(check_server_cookie({client, {}}, home, made_at, secrets), CookieCheck::None);
  EXPECT_EQ(check_server_cookie({client, std::span(good).first(8)}, home, made_at, secrets), CookieCheck::Bad);
}

}  // namespace
}  // namespace isochrone::wire
