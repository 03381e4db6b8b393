#include "answer/internet.h"

#include "answer/additional.h"
#include "answer/alias.h"
#include "answer/any.h"
#include "answer/negative.h"
#include "answer/referral.h"
#include "answer/steered.h"
#include "answer/why.h"

namespace isochrone::answer {
namespace {

// RFC 1034 §4.3.2 step 2: the zone that is the nearest ancestor of the name. False: it is in none of ours.
bool enter_zone(Answering& a) {
  const zone::ZoneSet& zones = *a.snapshot.zones;
  zone::ZoneSet::Match match = zones.find(*a.name);
  if (!match.zone) return false;
  if (a.query.qtype == wire::Type::DS && match.apex_suffix == 0) {
    // RFC 4035 §3.1.4.1: DS is the parent's, so where we serve the parent too it answers, as BIND and Knot do as if the child were
    // not here: NXDOMAIN where it has no such name. Alone, the child says NODATA.
    const zone::ZoneSet::Match parent = zones.find(*a.name, /*strictly_above=*/true);
    if (parent.zone) match = parent;
  }
  a.zone = match.zone;
  a.apex_suffix = match.apex_suffix;
  return true;
}

// Step 3a, at a name that exists or at the wildcard that stands for it.
Step answer_at(Answering& a, const zone::Node& node) {
  const wire::Type qtype = a.query.qtype;
  if (node.pool() != zone::kNoPool) {
    if (qtype == wire::Type::A) return answer_steered(a, node.pool(), Family::V4);
    if (qtype == wire::Type::AAAA) return answer_steered(a, node.pool(), Family::V6);
    if (a.snapshot.steering.pools[node.pool()]->gives_names) return answer_steered(a, node.pool(), Family::V4);
  }
  if (qtype == wire::Type::ANY) return answer_any(a, node);
  if (const auto rrset = node.find(qtype)) {
    if (!a.response.append(wire::Section::Answer, a.owner(), qtype, rrset->count, rrset->wire)) return Step::Truncated;
    if (has_additional(qtype)) append_additional(a, *rrset);
    return Step::Hit;
  }
  if (const auto cname = node.find(wire::Type::CNAME)) return follow_cname(a, *cname);
  return Step::NoData;
}

// Step 3, for the last name of the chain.
Step look_up(Answering& a) {
  const zone::Found found = a.zone->find(*a.name, a.apex_suffix);
  // Whichever of the two is nearer to the apex hides the other.
  if (found.dname && (!found.cut || found.dname_suffix > found.cut_suffix)) return follow_dname(a, found);
  const bool parent_side = a.query.qtype == wire::Type::DS && found.cut_suffix == 0;
  if (found.cut && !parent_side) {
    const WhyZone* why = find_why(a, found);
    return why ? answer_why(a, *why) : refer(a, found);
  }
  if (found.exact) return answer_at(a, found.node);
  if (found.wildcard) return answer_at(a, found.wildcard);  // its RRs get the name asked for as owner, RFC 4592 §3.3.1
  return Step::NxDomain;
}

}  // namespace

void answer_internet(Answering& a) {
  if (!enter_zone(a)) {
    a.response.set_rcode(wire::Rcode::Refused);
    return;
  }
  Step step = look_up(a);
  // AA tells of the first name of the answer section (RFC 1035 §4.1.1), so a referral after a CNAME keeps it.
  const bool authoritative = step != Step::Referral && step != Step::Refused;
  while (step == Step::Follow && enter_zone(a)) step = look_up(a);

  switch (step) {
    case Step::Hit:
    case Step::Referral:
    case Step::Follow:  // out of our zones: the chain so far is the answer
      break;
    case Step::NoData: append_soa(a); break;
    case Step::NxDomain:  // of the last name, RFC 6604 §3
      a.response.set_rcode(wire::Rcode::NxDomain);
      append_soa(a);
      break;
    case Step::YxDomain: a.response.set_rcode(wire::Rcode::YxDomain); break;
    case Step::ServFail:
      a.response.clear();  // of a CNAME that led here
      a.response.set_rcode(wire::Rcode::ServFail);
      break;
    case Step::Refused:
      a.response.clear();
      a.response.set_rcode(wire::Rcode::Refused);
      break;
    case Step::Truncated: a.response.set_truncated(); break;
  }
  if (authoritative && step != Step::ServFail && step != Step::Refused) a.response.set_authoritative();
}

}  // namespace isochrone::answer
