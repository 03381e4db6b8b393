#pragma once
// CNAME and DNAME: names that lead to other names.

#include "answer/answering.h"

namespace isochrone::answer {

// Appends the CNAME and makes its target the last name of the chain. Hit where the chain ends with it: it leads in a
// circle, or is as long as we follow.
Step follow_cname(Answering& a, const zone::RRset& cname);

// Appends the DNAME and the CNAME it makes for the last name (RFC 6672 §3.1), and follows that.
Step follow_dname(Answering& a, const zone::Found& found);

}  // namespace isochrone::answer
