#include "answer/referral.h"

#include "answer/additional.h"
#include "answer/rdata.h"

namespace isochrone::answer {
namespace {

bool is_at_or_below(const wire::QName& name, wire::NameView lowered_ancestor) {
  for (int i = 0; i <= name.labels; ++i)
    if (name.suffix(i).size() <= lowered_ancestor.size()) return wire::equal(name.suffix(i), lowered_ancestor);
  return false;
}

// Appends the addresses of the name servers that are below the cut, or of all others. False: some had no room.
bool append_glue(Answering& a, const zone::RRset& ns, wire::NameView cut, bool below_cut) {
  bool fits = true;
  for_each_rdata(ns, [&](wire::NameView server) {
    wire::QName name;
    if (name.assign(server) && is_at_or_below(name, cut) == below_cut) fits &= append_addresses(a, server, name);
  });
  return fits;
}

}  // namespace

Step refer(Answering& a, const zone::Found& found) {
  const zone::RRset ns = *found.cut.find(wire::Type::NS);
  if (!a.response.append(wire::Section::Authority, a.owner(found.cut_suffix), ns.type, ns.count, ns.wire)) {
    a.response.set_truncated();
    return Step::Referral;
  }
  const wire::NameView cut = a.name->suffix(found.cut_suffix);
  // RFC 9471 §3.1: in-domain glue is there as a whole, or TC is set. Sibling glue comes as far as there is room (§3.2).
  if (append_glue(a, ns, cut, /*below_cut=*/true)) append_glue(a, ns, cut, /*below_cut=*/false);
  else a.response.set_truncated();
  return Step::Referral;
}

}  // namespace isochrone::answer
