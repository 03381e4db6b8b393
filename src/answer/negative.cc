#include "answer/negative.h"

#include <algorithm>

#include "answer/rdata.h"

namespace isochrone::answer {

void append_soa(Answering& a) {
  // RFC 2308 §3: its TTL is min(SOA TTL, MINIMUM). Without it the answer cannot be cached, so no room for it means TC.
  const wire::Ttl ttl = std::min(a.zone->negative_ttl(), a.most_negative_ttl);
  const bool is_zones = ttl == a.zone->negative_ttl();
  const bool fits = (is_zones && a.response.append_prepared(wire::Section::Authority, a.zone->negative_soa())) ||
                    a.response.append_rr(wire::Section::Authority, a.owner(a.apex_suffix), wire::Type::SOA, ttl, first_rdata(a.zone->soa()));
  if (!fits) a.response.set_truncated();
}

}  // namespace isochrone::answer
