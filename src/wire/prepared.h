#pragma once
// An RR compressed in advance: the SOA of negative answers, which nearly always comes right after the question.

#include <cstdint>
#include <span>
#include <vector>

#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::wire {

// An RR as it is sent behind a question for its owner, in lower case; its names are compressed against the question and each other.
// Behind a question that is n octets longer, for a name below the owner, everything that a pointer points to lies n octets further on:
// n is added to every pointer.
struct PreparedRr {
  struct Pointer {
    uint16_t at;  // in `octets`
    uint16_t to;  // offset in the message, under the two bits that mark a pointer
  };
  size_t owner_size = 0;  // octets
  std::vector<uint8_t> octets;
  std::vector<Pointer> pointers;
};

PreparedRr prepare_rr(const Name& owner, Type type, Ttl ttl, std::span<const uint8_t> rdata);

}  // namespace isochrone::wire
