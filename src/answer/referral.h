#pragma once
// Zone cuts: names that others serve.

#include "answer/answering.h"

namespace isochrone::answer {

// Appends the NS RRset of the cut and its glue (RFC 9471); sets TC where what must be there has no room.
Step refer(Answering& a, const zone::Found& found);

}  // namespace isochrone::answer
