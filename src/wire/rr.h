#pragma once
// RRs as they are kept, to be copied into any answer to a question for their owner: the owner is a pointer to that
// question's name, which begins at octet 12 of every message (RFC 1035 §4.1.4).

#include <cstddef>
#include <cstdint>

#include "wire/types.h"

namespace isochrone::wire {

inline constexpr size_t kRrHeader = 12;  // octets before RDATA: C0 0C, TYPE, CLASS, TTL, RDLENGTH

// Writes the header, of class IN; `to` has room for it. Returns where RDATA begins.
inline uint8_t* put_rr_header(uint8_t* to, Type type, Ttl ttl, size_t rdata_size) {
  const auto put_u16 = [&to](size_t value) {
    *to++ = static_cast<uint8_t>(value >> 8);
    *to++ = static_cast<uint8_t>(value);
  };
  put_u16(0xc00c);
  put_u16(static_cast<uint16_t>(type));
  put_u16(static_cast<uint16_t>(Class::IN));
  put_u16(ttl >> 16);
  put_u16(ttl);
  put_u16(rdata_size);
  return to;
}

// RDLENGTH of the RR that begins there.
inline size_t rdata_size_of(const uint8_t* rr) { return size_t{rr[10]} << 8 | rr[11]; }

}  // namespace isochrone::wire
