#pragma once
// QTYPE ANY, RFC 8482 §4.1: one RRset of the name, over TCP as over UDP, so that ANY amplifies no more than other types.

#include "answer/answering.h"

namespace isochrone::answer {

// The steered addresses of a service, else the RRset of the lowest type number that there is room for.
Step answer_any(Answering& a, const zone::Node& node);

}  // namespace isochrone::answer
