#include "steer/geography.h"

#include <map>

namespace isochrone::steer {

Geography::Geography(std::vector<Area> areas, const std::vector<std::vector<uint16_t>>& around, const RegionSet& rest)
    : areas_(std::move(areas)), rest_(rest) {
  std::map<std::vector<uint16_t>, uint32_t> known;
  chain_of_.reserve(around.size());
  for (const auto& chain : around) {
    const auto [at, is_new] = known.try_emplace(chain, static_cast<uint32_t>(chains_.size()));
    if (is_new) {
      chains_.push_back(static_cast<uint16_t>(chain.size()));
      chains_.insert(chains_.end(), chain.begin(), chain.end());
    }
    chain_of_.push_back(at->second);
  }
}

uint32_t reach_of(int bias) {
  constexpr uint32_t kOne = 65536;
  const auto percent = static_cast<uint32_t>(bias < 0 ? 100 + bias : 100 - bias);  // 1–100
  return bias < 0 ? kOne * 100 / percent : kOne * percent / 100;
}

}  // namespace isochrone::steer
