#pragma once
// CNAME and DNAME: names that lead to other names.

#include "answer/answering.h"

namespace isochrone::answer {

// Makes `target`, whose CNAME stands in the answer, the last name of the chain. Hit where the chain ends with it: it leads in
// a circle, or is as long as we follow.
Step follow(Answering& a, wire::NameView target);

// Appends the CNAME and follows it.
Step follow_cname(Answering& a, const zone::RRset& cname);

// Appends the DNAME and the CNAME it makes for the last name (RFC 6672 §3.1), and follows that.
Step follow_dname(Answering& a, const zone::Found& found);

}  // namespace isochrone::answer
