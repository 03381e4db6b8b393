#pragma once
// The names a zone's services make (DESIGN §4): the service itself, steered by its pool, and for every gateway
// <service>-<region>-01.regional, static whatever the gateway's health: its addresses, or a CNAME where it is a name.

#include <cstdint>
#include <string>
#include <vector>

#include "config/probes.h"
#include "config/zones.h"
#include "zone/builder.h"

namespace isochrone::config {

// Refuses made names that are equal (service a-b in region c against a in b-c) or too long, and gateways that are the name
// of their own service.
void check_made_names(const ZoneConfig& zone, const ProbesConfig& probes, Problems& problems);

// Refuses services of `zone` whose names would be answered from `other`, a zone of ours below it: at its apex or below.
void check_nested(const ZoneConfig& zone, const ZoneConfig& other, const ProbesConfig& probes, Problems& problems);

// Static A, AAAA and NS records at or below "regional", kept while the master file is read: at a made name they are
// mistakes, and so is a delegation of all of them.
// (At a service the zone itself refuses them; so it does CNAME and anything at or below a cut or DNAME.)
class StaticRegionals {
 public:
  explicit StaticRegionals(const ZoneConfig& zone) : zone_(zone) {}
  void see(const zone::Record& record);
  void check(const ProbesConfig& probes, Problems& problems) const;

 private:
  struct Entry {
    std::string label;  // of <label>.regional.<zone>, lower case; empty: of regional.<zone> itself
    bool delegates = false;
    zone::Where where;
  };
  void check_delegation_of_all(const Entry& entry, Problems& problems) const;
  const ZoneConfig& zone_;
  std::vector<Entry> entries_;
};

// Adds the names and returns a digest of them: other records, another digest. `pool_ids`: by place in zone.pools.
// Names that check_made_names() refuses are left out.
uint64_t add_made_names(const ZoneConfig& zone, const ProbesConfig& probes, const std::vector<zone::PoolId>& pool_ids,
                        zone::ZoneBuilder& builder);

}  // namespace isochrone::config
