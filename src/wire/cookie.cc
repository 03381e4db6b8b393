#include "wire/cookie.h"

#include <algorithm>
#include <cstring>

#include "wire/reader.h"
#include "wire/siphash.h"
#include "wire/types.h"

namespace isochrone::wire {
namespace {

constexpr size_t kMinServer = 8, kMaxServer = 32;  // octets, RFC 7873 §4
constexpr size_t kHashed = 8;                      // of a server cookie: Version, Reserved, Timestamp; the hash follows
constexpr size_t kTimestampAt = 4;

// RFC 9018 §4.3, seconds.
constexpr int32_t kOldest = 3600, kRenewFrom = 1800, kAhead = 300;

// RFC 9018 §4.4: SipHash-2-4( Client Cookie | Version | Reserved | Timestamp | Client-IP, Server Secret ).
uint64_t hash(const ClientCookie& cookie, const uint8_t* server, const IpAddress& client, const CookieSecret& secret) {
  std::array<uint8_t, 8 + kHashed + 16> input;
  const auto ip_size = static_cast<size_t>(client.size());
  std::memcpy(input.data(), cookie.data(), cookie.size());
  std::memcpy(input.data() + cookie.size(), server, kHashed);
  std::memcpy(input.data() + cookie.size() + kHashed, client.octets.data(), ip_size);
  return siphash24(secret, {input.data(), cookie.size() + kHashed + ip_size});
}

// The hash goes as SipHash's own octets do, least significant first.
void put_hash(uint64_t value, uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(value >> 8 * i);
}

uint64_t get_hash(const uint8_t* octets) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= uint64_t{octets[i]} << 8 * i;
  return value;
}

}  // namespace

std::optional<Cookie> parse_cookie(std::span<const uint8_t> option) {
  Cookie cookie;
  WireReader in(option);
  const auto client = in.bytes(cookie.client.size());
  if (in.failed()) return std::nullopt;
  std::copy(client.begin(), client.end(), cookie.client.begin());
  cookie.server = in.rest();
  const size_t n = cookie.server.size();
  if (n != 0 && (n < kMinServer || n > kMaxServer)) return std::nullopt;
  return cookie;
}

ServerCookie make_server_cookie(const ClientCookie& cookie, const IpAddress& client, uint32_t now,
                                const CookieSecret& secret) {
  ServerCookie server{1};  // Version 1; three reserved octets of zero
  for (size_t i = 0; i < 4; ++i) server[kTimestampAt + i] = static_cast<uint8_t>(now >> (24 - 8 * i));
  put_hash(hash(cookie, server.data(), client, secret), server.data() + kHashed);
  return server;
}

CookieCheck check_server_cookie(const Cookie& cookie, const IpAddress& client, uint32_t now,
                                std::span<const CookieSecret> secrets) {
  if (cookie.server.empty()) return CookieCheck::None;
  if (cookie.server.size() != sizeof(ServerCookie) || cookie.server[0] != 1) return CookieCheck::Bad;

  WireReader in(cookie.server.subspan(kTimestampAt));
  const auto age = static_cast<int32_t>(now - in.u32());  // RFC 9018 §4.3: serial number arithmetic
  if (age > kOldest || age < -kAhead) return CookieCheck::Bad;

  // RFC 9018 §4.2: what is in Reserved takes part in the hash and is not looked at otherwise.
  const uint64_t sent = get_hash(cookie.server.data() + kHashed);
  for (size_t i = 0; i < secrets.size(); ++i) {
    if ((hash(cookie.client, cookie.server.data(), client, secrets[i]) ^ sent) != 0) continue;
    return age > kRenewFrom || i > 0 ? CookieCheck::Stale : CookieCheck::Good;
  }
  return CookieCheck::Bad;
}

void append_cookie(WireWriter& out, const ClientCookie& client, const ServerCookie& server) {
  out.u16(static_cast<uint16_t>(Option::Cookie));
  out.u16(static_cast<uint16_t>(client.size() + server.size()));
  out.bytes(client);
  out.bytes(server);
}

}  // namespace isochrone::wire
