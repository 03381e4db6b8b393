#pragma once
// `why:` of a zone → the zone `_why.ZONE` that tells reasons, and the cut that leads to it (DESIGN §4).
//
//   master file ─► see(record)… ─► check ─► add_cut ─► the zone's builder
//                                        └► build ──► answer::WhyZone

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/zones.h"
#include "zone/builder.h"

namespace isochrone::config {

// Refuses names that are too long there, and a zone of ours that has the place of `zone`'s.
void check_why_lengths(const ZoneConfig& zone, Problems& problems);
void check_why_nested(const ZoneConfig& zone, const ZoneConfig& other, Problems& problems);

// One zone's, while it is loaded. Without `why:` nothing comes of it.
class WhyMaker {
 public:
  explicit WhyMaker(const ZoneConfig& zone);

  // Keeps SOA and NS of the apex, and what stands in the way: false, it is an error and not to be in the zone.
  bool see(const zone::Record& record);
  void check(Problems& problems) const;
  // The cut, with the name servers of the apex; a digest of it: 0 without `why:`.
  uint64_t add_cut(zone::ZoneBuilder& builder) const;
  // Null without `why:`, and where there are errors. `pool_ids`: by place in zone.pools.
  std::shared_ptr<const zone::Zone> build(uint64_t seed, uint32_t serial, const std::vector<zone::PoolId>& pool_ids,
                                          Problems& problems) const;

 private:
  struct Kept {
    wire::Ttl ttl;
    std::vector<uint8_t> rdata;
  };
  struct Static {
    std::string owner;
    wire::Type type;
    zone::Where where;
  };
  zone::Where where() const;
  const ZoneConfig& zone_;
  wire::Name apex_;  // of the `_why` zone
  std::vector<Kept> soa_, ns_;
  std::vector<Static> statics_;
  bool is_signed_ = false;
};

}  // namespace isochrone::config
