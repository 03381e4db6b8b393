#pragma once
// DNS cookies, RFC 7873, with the interoperable server cookies of RFC 9018. Secrets, addresses and times are handed in.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "util/ip.h"
#include "wire/writer.h"

namespace isochrone::wire {

using ClientCookie = std::array<uint8_t, 8>;
using ServerCookie = std::array<uint8_t, 16>;  // Version 1, Reserved, Timestamp, Hash: RFC 9018 §4
using CookieSecret = std::array<uint8_t, 16>;

// The option of a query.
struct Cookie {
  ClientCookie client{};
  std::span<const uint8_t> server;  // empty, or 8 to 32 octets; into the datagram
};

// `option` is OPTION-DATA. nullopt means FORMERR (RFC 7873 §5.2.2): its length is neither 8 nor 16 to 40.
std::optional<Cookie> parse_cookie(std::span<const uint8_t> option);

// `now`: seconds since 1970, modulo 2^32. `client`: the address the query came from.
ServerCookie make_server_cookie(const ClientCookie& cookie, const IpAddress& client, uint32_t now,
                                const CookieSecret& secret);

// Of a server cookie that came with a query.
enum class CookieCheck : uint8_t {
  None,  // there was only a client cookie
  Bad,   // not ours, of another client, from before the last hour or more than five minutes ahead: as if None
  Good,
  Stale,  // good, and due for a new one: over half an hour old, or not signed with the first secret
};

// The first secret signs, all verify (RFC 9018 §5). Constant time in the hash; no secrets: Bad.
CookieCheck check_server_cookie(const Cookie& cookie, const IpAddress& client, uint32_t now,
                                std::span<const CookieSecret> secrets);

// Octets of the whole option in an answer, code and length included.
inline constexpr size_t kCookieOptionSize = 4 + sizeof(ClientCookie) + sizeof(ServerCookie);
void append_cookie(WireWriter& out, const ClientCookie& client, const ServerCookie& server);

}  // namespace isochrone::wire
