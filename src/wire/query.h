#pragma once
// wire: octets ↔ messages.
//
//   datagram ─► parse_query ─► Query ─► answer ─► Response ─► octets
//
// A stranger's packet is never an error: it is a Query with a Parsed that says what kind of answer it deserves.

#include <cstdint>
#include <span>

#include "wire/edns.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::wire {

inline constexpr size_t kHeaderSize = 12;

// What to do with a datagram. Response can be made from the Query in every case but Drop.
enum class Parsed : uint8_t {
  Ok,
  CookieOnly,  // QDCOUNT 0 and a COOKIE option: answered with a server cookie and no question (RFC 7873 §5.4)
  Drop,        // no header, or itself a response: never answered, or two servers could talk for ever
  FormErr,
  NotImp,   // an opcode other than QUERY
  BadVers,  // EDNS above version 0
};

// One question. Made anew for every datagram by parse_query(), which sets every field but has no need to clear the
// arrays of qname. `question`, `signed_message` and edns.cookie look into the datagram.
struct Query {
  uint16_t id = 0;
  uint16_t flags = 0;     // the header's second 16 bits as sent
  bool has_tsig = false;  // a TSIG RR ends the message, RFC 8945
  size_t tsig_at = 0;                       // only where has_tsig: where the RR begins in
  std::span<const uint8_t> signed_message;  // the whole of the datagram
  Type qtype{};
  Class qclass{};
  std::span<const uint8_t> question;  // QNAME, QTYPE, QCLASS as sent; empty where there is no sound question
  Edns edns;
  QName qname;  // meaningful only where `question` is not empty

  Opcode opcode() const { return static_cast<Opcode>(flags >> 11 & 15); }
  bool recursion_desired() const { return flags & 0x0100; }
};

// Never reads outside `datagram`, which may be of any length and content.
Parsed parse_query(std::span<const uint8_t> datagram, Query& query);

}  // namespace isochrone::wire
