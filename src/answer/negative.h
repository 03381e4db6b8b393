#pragma once
// NODATA and NXDOMAIN, RFC 2308.

#include "answer/answering.h"

namespace isochrone::answer {

// The SOA that a negative answer is cached by, of the zone of the last name.
void append_soa(Answering& a);

}  // namespace isochrone::answer
