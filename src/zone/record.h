#pragma once
// One RR on its way into a zone, and where the operator wrote it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "util/problem.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::zone {

// A Place that costs nothing to copy. `file` is somebody else's memory.
struct Where {
  std::string_view file;
  uint32_t line = 0;    // from 1; 0: the file as a whole
  uint32_t column = 0;  // octets, from 1

  Place place() const { return {std::string(file), line, column}; }
};

// Class IN. Looks only.
struct Record {
  wire::NameView owner;  // absolute; case does not matter
  wire::Type type{};
  wire::Ttl ttl = 0;
  std::span<const uint8_t> rdata;  // wire format, names uncompressed; at most 65535 octets
  Where where;
};

// Which of the records that a zone must have at its apex were written, or may have been, where something could not be read.
// That was told; that they are missing is not worth telling then.
struct Unread {
  bool soa = false, ns = false;
};

}  // namespace isochrone::zone
