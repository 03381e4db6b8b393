#pragma once
// The additional section: what the client would ask for next, where we know it.

#include "answer/answering.h"

namespace isochrone::answer {

// Types whose RDATA names a host: NS, MX (RFC 1035 §3.3), SRV (RFC 2782), SVCB and HTTPS (RFC 9460 §4.1).
bool has_additional(wire::Type type);

// The addresses of the hosts that the answer's RRset names, each host once, as far as there is room.
void append_additional(Answering& a, const zone::RRset& answer);

// A and AAAA of one host, `name` being `host` taken apart; the chosen ones where it is steered. False: some had no room.
bool append_addresses(Answering& a, wire::NameView host, const wire::QName& name);

}  // namespace isochrone::answer
