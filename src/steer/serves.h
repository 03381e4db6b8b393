#pragma once
// Which client networks each gateway serves (`routing: subnet`): areas of the address space, each inside a wider one,
// the widest being everybody. Built at load, shared by every snapshot until the next; looked up by pools that use it
// and by no others. Its prefixes also divide the latency map's blocks, so that the scope of an answer is right.

#include <cstdint>
#include <utility>
#include <vector>

#include "steer/region.h"
#include "util/ip.h"
#include "util/prefix_map.h"

namespace isochrone::steer {

class Serves {
 public:
  struct Area {
    Prefix prefix;      // folded
    RegionSet regions;  // that serve exactly this prefix
    uint32_t wider;     // index; kNone: nothing but everybody is wider
  };

  Serves() = default;
  // `prefixes` in any order; `rest`: who serves those that no prefix holds, and a network whose own gateways are down.
  Serves(std::vector<std::pair<Prefix, RegionId>> prefixes, const RegionSet& rest);

  // The smallest area around a folded address; null: none.
  const Area* find(const IpAddress& address) const;
  const Area* wider(const Area& area) const { return area.wider == kNone ? nullptr : &areas_[area.wider]; }
  const RegionSet& rest() const { return rest_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  std::vector<Area> areas_;
  PrefixMap map_;  // values: index of the area
  RegionSet rest_;
};

}  // namespace isochrone::steer
