#pragma once
// `SERVICE._why.ZONE` TXT: why the client of this very query would be sent where it would be (DESIGN §4).
//
// Unlike all else here this allocates: strangers never come so far, only those whom the zone's `why: {allow}` names.

#include "answer/answering.h"

namespace isochrone::answer {

// The `_why` that this cut leads to; null: it is a delegation like any other.
const WhyZone* find_why(const Answering& a, const zone::Found& found);

// Goes into `why` and answers from there: its SOA and NS, the reasons, NODATA, NXDOMAIN.
Step answer_why(Answering& a, const WhyZone& why);

}  // namespace isochrone::answer
