#include "steer/movable.h"

namespace isochrone::steer {

namespace {

bool is_movable(const LatencyMap& map, SourceId id) {
  RegionSet known;
  for (; id != kNoSource; id = map.source(id).coarser) {
    const Source& source = map.source(id);
    if (source.is_live()) return true;
    for (const RegionId region : map.rows().row(source.row).order) known.add(region);
    if (known.size() == map.region_count()) return false;
  }
  return true;  // the median has the rest
}

}  // namespace

MovableSources::MovableSources(const LatencyMap& map) {
  constexpr uint32_t kUnseen = UINT32_MAX, kStays = UINT32_MAX - 1;
  std::vector<uint32_t> place_of(map.source_count() + 2, kUnseen);  // in list_; the last are of none, in IPv4 and in IPv6
  map.blocks().for_each_block([&](const Prefix& block, const PrefixMap::Match& match) {
    ++blocks_;
    if (folds(block.address)) return;
    const SourceId source = map.block_of(match, block.family()).source;
    uint32_t& place = place_of[source != kNoSource ? source : map.source_count() + (block.family() == Family::V6)];
    if (place == kUnseen) {
      place = is_movable(map, source) ? static_cast<uint32_t>(list_.size()) : kStays;
      if (place != kStays) list_.push_back({source, block.address, block.address});
    } else if (place != kStays) {
      list_[place].last = block.address;
    }
  });
  list_.shrink_to_fit();
}

}  // namespace isochrone::steer
