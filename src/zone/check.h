#pragma once
// Whether staged records make a zone: every rule that concerns more than one record. Mistakes that would make a server
// answer nonsense are errors; what merely surprises is a warning.

#include "util/problem.h"
#include "wire/name.h"
#include "zone/arrange.h"
#include "zone/staging.h"

namespace isochrone::zone {

// What the tree will need.
struct ZonePlan {
  size_t nodes = 0;
  size_t arena = 0;    // octets of all nodes
  size_t records = 0;  // without duplicates
  int max_depth = 0;   // labels of the longest relative name
  bool has_cuts = false;
  bool has_apex = false;  // an SOA and an NS: without them there are errors, or something was unread
};

// `staging` was grouped; names that NS records point to are flagged in it.
ZonePlan check_zone(Staging& staging, const wire::Name& apex, const Where& zone_where, Unread unread, Problems& problems);

// Octets of the node that these records make.
size_t planned_size(const Staging& staging, const Arranged& arranged, size_t name_size);

}  // namespace isochrone::zone
