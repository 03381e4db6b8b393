#include "answer/any.h"

#include "answer/steered.h"

namespace isochrone::answer {

Step answer_any(Answering& a, const zone::Node& node) {
  if (node.pool() != zone::kNoPool)
    for (const Family family : {Family::V4, Family::V6})
      if (const Step step = answer_steered(a, node.pool(), family); step != Step::NoData) return step;
  if (node.rrset_count() == 0) return Step::NoData;
  const zone::RRset rrset = node.rrset(0);
  const bool fits = a.response.append(wire::Section::Answer, a.owner(), rrset.type, rrset.count, rrset.wire);
  return fits ? Step::Hit : Step::Truncated;
}

}  // namespace isochrone::answer
