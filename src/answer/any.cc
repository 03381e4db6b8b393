#include "answer/any.h"

#include "answer/steered.h"

namespace isochrone::answer {

Step answer_any(Answering& a, const zone::Node& node) {
  if (node.pool() != zone::kNoPool)
    for (const Family family : {Family::V4, Family::V6})
      if (const Step step = answer_steered(a, node.pool(), family); step != Step::NoData) return step;
  if (node.rrset_count() == 0) return Step::NoData;
  for (int i = 0; i < node.rrset_count(); ++i) {
    const zone::RRset rrset = node.rrset(i);
    if (a.response.append(wire::Section::Answer, a.owner(), rrset.type, rrset.count, rrset.wire)) return Step::Hit;
  }
  return Step::Truncated;
}

}  // namespace isochrone::answer
