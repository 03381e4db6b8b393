#pragma once
// An RR compressed in advance: the SOA of negative answers, which nearly always comes right after the question.

#include <cstdint>
#include <span>
#include <vector>

#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::wire {

// After a question for the owner itself, in lower case. Its names are compressed against the question and each other; after
// a question for a name below the owner all of that lies as far apart, so that every pointer grows by what the question does.
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
