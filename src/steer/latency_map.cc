#include "steer/latency_map.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace isochrone::steer {

uint32_t TableRows::add(std::span<const std::pair<RegionId, Duration>> cells) {
  struct Cell {
    Held held;
    RegionId region;
    auto operator<=>(const Cell&) const = default;  // equal estimates: by number, so that all nodes agree
  };
  std::array<Cell, kMaxRegions> sorted;
  RegionSet seen;
  size_t count = 0;
  for (const auto& [region, estimate] : cells) {
    const Held held = Held::from(estimate);
    if (!seen.has(region)) {
      seen.add(region);
      sorted[count++] = {held, region};
    } else {
      const auto same = std::find_if(sorted.begin(), sorted.begin() + count, [r = region](const Cell& c) { return c.region == r; });
      same->held = std::min(same->held, held);
    }
  }
  std::sort(sorted.begin(), sorted.begin() + count);

  HugeVector<uint8_t>& octets = *octets_;
  const size_t at = octets.size();
  assert(at % 2 == 0);
  const size_t held_at = at + ((1 + count + 1) & ~size_t{1});
  octets.resize(held_at + count * sizeof(Held));
  begin_ = octets.data();
  octets[at] = static_cast<uint8_t>(count);
  for (size_t i = 0; i < count; ++i) {
    octets[at + 1 + i] = sorted[i].region;
    std::memcpy(&octets[held_at + i * sizeof(Held)], &sorted[i].held, sizeof(Held));
  }
  ++size_;
  return static_cast<uint32_t>(at / 2);
}

size_t LatencyMap::memory() const {
  const size_t stored = stored_ ? stored_->memory() : 0;
  return sizeof *this + blocks_.memory() + sources_.capacity() * sizeof(Source) + rows_.memory() + stored;
}

}  // namespace isochrone::steer
