#pragma once
// The records of one name as they will be served.

#include <vector>

#include "zone/staging.h"

namespace isochrone::zone {

struct Arranged {
  std::vector<StagedRef> records;     // by type number, within a type in the order read; no marks, no duplicates
  std::vector<StagedRef> duplicates;  // of these, left out (RFC 2181 §5)
  PoolId pool = kNoPool;
};

// Overwrites `arranged`, whose memory is used again and again.
void arrange(const Staging& staging, StagedRef head, Arranged& arranged);

// The records of one type, from `begin`; never empty.
std::span<const StagedRef> rrset_from(const Staging& staging, const Arranged& arranged, size_t begin);

}  // namespace isochrone::zone
