#pragma once
// Pools that are gateways of other pools: names → pools of the zone, and the rules of it.

#include <vector>

#include "config/yaml.h"
#include "config/zones.h"

namespace isochrone::config {

inline constexpr int kMostNested = 10;  // pools in one another

// Fills PoolConfig::nested, used and gives_names. Refused are pools that are not there, that are in one another, or deeper
// than kMostNested; more healthy gateways wanted than there are; names beside addresses; and what only the outermost pool may decide.
class PoolNester {
 public:
  // `gateways`, by pool: the `gateways:` it was read from.
  PoolNester(ZoneConfig& zone, const std::vector<const Node*>& gateways) : zone_(zone), nodes_(gateways) {}
  void link();

 private:
  void link_pool(size_t pool);
  uint32_t find_shared(std::string_view name) const;
  void check_inner(const Node& entry, const NestedPool& nested, const PoolConfig& inner) const;
  int measure(uint32_t pool);
  void check_kinds(uint32_t pool);
  void use(uint32_t pool);
  const Node& entry(size_t pool, size_t gateway) const { return *nodes_[pool]->children()[gateway]; }

  ZoneConfig& zone_;
  const std::vector<const Node*>& nodes_;
  std::vector<uint32_t> path_;  // from the outermost pool to the one at hand
  static constexpr int kUnknown = -1;
  std::vector<int> depth_;      // by pool
};

}  // namespace isochrone::config
