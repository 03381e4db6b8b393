#pragma once
// Golden packets: tests/golden/*.hex. Annotated octets of one answer, and after ">" what an implementation that is not
// ours reads in them. The first comment says which behaviour it shows.

#include <string>
#include <string_view>
#include <vector>

#include "hex.h"

namespace isochrone::wire {

struct Golden {
  Octets octets;
  std::vector<std::string> reading;  // lines of describe()
};

// tests/golden/<name>.hex; throws where it cannot be read.
Golden load_golden(std::string_view name);

// A message as ldns reads it: status and flags, then question, RRs and OPT, a line each. "malformed" and why, where it
// refuses.
std::vector<std::string> describe(const Octets& message);

}  // namespace isochrone::wire
