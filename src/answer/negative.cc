#include "answer/negative.h"

#include "answer/rdata.h"

namespace isochrone::answer {

void append_soa(Answering& a) {
  // RFC 2308 §3: its TTL is min(SOA TTL, MINIMUM). Without it the answer cannot be cached, so no room for it means TC.
  const bool fits = a.response.append_prepared(wire::Section::Authority, a.zone->negative_soa()) ||
                    a.response.append_rr(wire::Section::Authority, a.owner(a.apex_suffix), wire::Type::SOA,
                                         a.zone->negative_ttl(), first_rdata(a.zone->soa()));
  if (!fits) a.response.set_truncated();
}

}  // namespace isochrone::answer
