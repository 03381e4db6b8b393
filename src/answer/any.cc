#include "answer/any.h"

#include "answer/steered.h"

namespace isochrone::answer {

Step answer_any(Answering& a, const zone::Node& node) {
  bool is_withheld = false;  // told only where nothing else is given
  if (node.pool() != zone::kNoPool)
    for (const Family family : {Family::V4, Family::V6}) {
      const steer::Choice choice = choose(a, node.pool(), family);
      if (choice.outcome != steer::Outcome::NoData) return answer_choice(a, node.pool(), choice);
      is_withheld |= a.snapshot.steering.pools[node.pool()]->family(family).may_answer();
    }
  if (node.rrset_count() == 0) {
    if (is_withheld) tell_no_data(a, node.pool());
    return Step::NoData;
  }
  for (int i = 0; i < node.rrset_count(); ++i) {
    const zone::RRset rrset = node.rrset(i);
    if (a.response.append(wire::Section::Answer, a.owner(), rrset.type, rrset.count, rrset.wire)) return Step::Hit;
  }
  return Step::Truncated;
}

}  // namespace isochrone::answer
