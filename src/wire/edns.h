#pragma once
// EDNS, RFC 6891: what the OPT RR of a query says, and the OPT RR of an answer.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wire/cookie.h"
#include "wire/ecs.h"
#include "wire/types.h"

namespace isochrone::wire {

// Octets: RFC 1035 §4.2.1, and the least an OPT can mean (RFC 6891 §6.2.3).
inline constexpr uint16_t kMinUdpPayload = 512;
// Octets of an NSID that we give: with it and every other option, the longest question still leaves 512 octets enough.
inline constexpr size_t kMaxNsid = 128;

// Of a query. Unknown options and flags were ignored (RFC 6891 §6.1.2, §6.1.4).
struct Edns {
  bool present = false;
  uint8_t version = 0;
  bool dnssec_ok = false;
  bool nsid = false;                  // asks for it, RFC 5001
  bool keepalive = false;             // RFC 7828; has no meaning over UDP
  bool padding = false;               // RFC 7830
  bool malformed = false;             // an option was cut or broke its RFC: the answer is FORMERR
  uint16_t payload = kMinUdpPayload;  // octets the client takes over UDP; never below 512
  std::optional<Cookie> cookie;       // the first one where there are several (RFC 7873 §5.2)
  std::optional<ClientSubnet> subnet;

  // As new. Field by field: a whole one would be made elsewhere and copied, for every query.
  void clear() {
    present = dnssec_ok = nsid = keepalive = padding = malformed = false;
    version = 0;
    payload = kMinUdpPayload;
    cookie.reset();
    subnet.reset();
  }
};

// `payload`: the OPT's CLASS; `ttl`: its TTL, that is extended RCODE, VERSION, flags; `options`: its RDATA. Options of
// a version we do not know are not looked at.
void parse_edns(Edns& edns, uint16_t payload, uint32_t ttl, std::span<const uint8_t> options);

// What the OPT of an answer carries. Spans and views are to live until it is written.
struct Opt {
  uint16_t payload = 1232;            // what we take, octets
  bool dnssec_ok = false;             // copied from the query, RFC 3225 §3
  std::span<const uint8_t> nsid;      // at most kMaxNsid octets; empty: none
  std::optional<uint16_t> keepalive;  // idle time-out in units of 100 ms; over TCP only, RFC 7828 §3.3.2
  const Cookie* cookie = nullptr;     // of the query; with it `server_cookie` is sent
  ServerCookie server_cookie;         // meaningless without `cookie`
  const ClientSubnet* subnet = nullptr;  // of the query
  uint8_t scope_prefix_len = 0;          // bits of subnet->address that the answer is good for: the longest of all choices in it
  std::optional<ExtendedError> error;    // RFC 8914; left out, text first, where it does not fit
  std::string_view error_text;           // UTF-8, no final NUL; may be empty
};

// Octets of the OPT RR without `error`: what must be kept free for it.
size_t opt_size(const Opt& opt);

// `extended_rcode`: the upper eight bits of the RCODE. Adds `error` only as far as there is room.
void append_opt(WireWriter& out, const Opt& opt, uint8_t extended_rcode);

}  // namespace isochrone::wire
