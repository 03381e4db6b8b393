#pragma once
// RRsets as a zone stores them, out of master file lines; ldns, not our code, makes the octets.

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "hex.h"
#include "wire/name.h"
#include "wire/types.h"
#include "zone/ldns.h"

namespace isochrone::wire {

struct Stored {
  Type type{};
  uint16_t count = 0;
  Octets wire;  // as zone::RRset::wire
};

inline Stored stored(std::initializer_list<const char*> lines) {
  Stored rrset;
  for (const char* line : lines) {
    ldns_rr* rr = nullptr;
    if (ldns_rr_new_frm_str(&rr, line, 0, nullptr, nullptr) != LDNS_STATUS_OK) throw std::invalid_argument(line);
    uint8_t* octets = nullptr;
    size_t size = 0;
    ldns_rr2wire(&octets, rr, LDNS_SECTION_ANSWER, &size);
    rrset.type = static_cast<Type>(ldns_rr_get_type(rr));
    ++rrset.count;
    rrset.wire.insert(rrset.wire.end(), {0xc0, 0x0c});
    rrset.wire.insert(rrset.wire.end(), octets + leading_name({octets, size}).size(), octets + size);
    LDNS_FREE(octets);
    ldns_rr_free(rr);
  }
  return rrset;
}

// A datagram that asks for `name` with OPT options; nullptr: without EDNS.
inline Octets question(const char* name, Type type, const char* options = nullptr) {
  Octets packet = hex(options ? "1a2b 0000 0001 0000 0000 0001" : "1a2b 0000 0001 0000 0000 0000");
  const Name parsed = Name::parse(name).value();
  packet.insert(packet.end(), parsed.wire().begin(), parsed.wire().end());
  const auto number = static_cast<uint16_t>(type);
  packet.insert(packet.end(), {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number), 0, 1});
  if (!options) return packet;
  const Octets rdata = hex(options);
  const Octets opt = hex("00 0029 04d0 00000000 00");
  packet.insert(packet.end(), opt.begin(), opt.end());
  packet.push_back(static_cast<uint8_t>(rdata.size()));
  packet.insert(packet.end(), rdata.begin(), rdata.end());
  return packet;
}

}  // namespace isochrone::wire
