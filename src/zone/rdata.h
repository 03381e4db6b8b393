#pragma once
// RDATA: presentation format → wire format, and back for people. The types in use are read here, a few old ones by ldns.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "util/problem.h"
#include "wire/name.h"
#include "wire/types.h"
#include "zone/tokenizer.h"

namespace isochrone::zone {

// The words of one record behind its type, and where it ends: where a missing word is missed.
struct RdataText {
  std::span<const Token> tokens;
  wire::NameView origin;
  std::string_view file;
  uint32_t end_line = 0, end_column = 0;
};

// Overwrites `rdata`, names uncompressed in the case they were written in. False: what is wrong is in `problems`.
// Every type takes the form of RFC 3597 §5 (\# length hex) too.
bool parse_rdata(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems);

// "10 mail.example."; RDATA that does not fit its type in the form of RFC 3597.
std::string to_presentation(wire::Type type, std::span<const uint8_t> rdata);

}  // namespace isochrone::zone
