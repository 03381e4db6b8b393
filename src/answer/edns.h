#pragma once
// The OPT RR of an answer, RFC 6891: what each option of the query gets. And how long an answer may be.

#include "answer/responder.h"
#include "wire/edns.h"

namespace isochrone::answer {

// For a query with an OPT RR. Views into query and snapshot; scope and extended error are still to be set.
wire::Opt make_opt(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot, const Asker& asker,
                   Counters& counters);

// Octets. Over UDP the least of what the client takes and what we offer; 512 without EDNS (RFC 1035 §4.2.1).
size_t answer_limit(const wire::Query& query, const Settings& settings, const Asker& asker);

}  // namespace isochrone::answer
