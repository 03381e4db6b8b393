#pragma once
// The zones that tell why (DESIGN §4): `_why.ZONE` beside a zone of ours. Made by config at load, immutable.
//
// They are in no ZoneSet: a name below `_why` is found through the cut in the zone above it, so that no other query looks
// for them.

#include <memory>
#include <string>
#include <vector>

#include "util/ip.h"
#include "zone/zone.h"

namespace isochrone::answer {

struct WhyZone {
  const zone::Zone* parent = nullptr;      // has the cut; outlives this
  // Its apex is the cut. Where a name has a pool, TXT tells how that pool's gateways are chosen.
  std::shared_ptr<const zone::Zone> zone;
  std::vector<Prefix> allow;               // who may ask, by the address that the query comes from
};

struct WhyZones {
  std::vector<WhyZone> list;
  std::vector<std::string> tables;         // names of the latency tables, by Source::table

  const WhyZone* find(const zone::Zone& parent) const {
    for (const WhyZone& why : list)
      if (why.parent == &parent) return &why;
    return nullptr;
  }
};

}  // namespace isochrone::answer
