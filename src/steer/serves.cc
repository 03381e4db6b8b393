#include "steer/serves.h"

#include <algorithm>

namespace isochrone::steer {

Serves::Serves(std::vector<std::pair<Prefix, RegionId>> prefixes, const RegionSet& rest) : rest_(rest) {
  for (auto& [prefix, region] : prefixes) prefix = fold(prefix).prefix;
  std::sort(prefixes.begin(), prefixes.end());  // wide ones before those inside them
  std::vector<uint32_t> around;                 // the areas around the one at hand, widest first
  std::vector<std::pair<Prefix, uint32_t>> entries;
  for (const auto& [prefix, region] : prefixes) {
    if (areas_.empty() || areas_.back().prefix != prefix) {
      while (!around.empty() && !areas_[around.back()].prefix.contains(prefix)) around.pop_back();
      const auto index = static_cast<uint32_t>(areas_.size());
      areas_.push_back({prefix, {}, around.empty() ? kNone : around.back()});
      entries.emplace_back(prefix, index);
      around.push_back(index);
    }
    areas_.back().regions.add(region);
  }
  map_ = PrefixMap(entries);
}

const Serves::Area* Serves::find(const IpAddress& address) const {
  const PrefixMap::Match match = map_.find(address);
  return match.value == PrefixMap::kNone ? nullptr : &areas_[match.value];
}

}  // namespace isochrone::steer
