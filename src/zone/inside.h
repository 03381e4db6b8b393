#pragma once
// What a Zone holds; shared by zone.cc, which reads it, and builder.cc, which fills it.

#include "wire/name.h"
#include "wire/prepared.h"
#include "zone/tree.h"
#include "zone/zone.h"

namespace isochrone::zone {

struct Zone::Inside {
  Tree tree;
  wire::Name apex;
  RRset soa;          // of the tree's apex: every negative answer has it
  int max_depth = 0;  // labels of the deepest name below the apex: longer names need no look-up
  wire::Ttl negative_ttl = 0;
  wire::PreparedRr negative_soa;
  uint32_t serial = 0;
  uint32_t record_count = 0;
};

}  // namespace isochrone::zone
