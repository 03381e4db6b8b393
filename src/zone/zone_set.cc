#include <algorithm>
#include <bit>

#include "zone/hash.h"
#include "zone/zone.h"

namespace isochrone::zone {

namespace {

// Apexes come from the operator alone: nobody else can make them collide.
constexpr uint64_t kSeed = 0x5bd1e9955bd1e995;

uint32_t hash_name(wire::NameView lowered) { return hash_octets(lowered.data(), lowered.size(), kSeed); }

// Both are lower-cased.
bool same_name(wire::NameView a, wire::NameView b) { return std::ranges::equal(a, b); }

}  // namespace

ZoneSet::ZoneSet(std::vector<std::shared_ptr<const Zone>> zones) : zones_(std::move(zones)) {
  slots_.assign(std::bit_ceil(zones_.size() * 2 + 1), 0);
  const size_t mask = slots_.size() - 1;
  for (uint32_t i = 0; i < zones_.size(); ++i) {
    const wire::Name& apex = zones_[i]->apex();
    size_t slot = hash_name(apex.wire()) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = i + 1;
    label_counts_.push_back(static_cast<uint8_t>(apex.label_count()));
  }
  std::ranges::sort(label_counts_, std::greater<>());
  label_counts_.erase(std::ranges::unique(label_counts_).begin(), label_counts_.end());
}

ZoneSet::Match ZoneSet::find(const wire::QName& qname, bool strictly_above) const {
  const int most = qname.labels - (strictly_above ? 1 : 0);
  for (const uint8_t labels : label_counts_) {
    if (labels > most) continue;
    const int suffix = qname.labels - labels;
    if (const Zone* zone = of_apex(qname.suffix(suffix))) return {zone, suffix};
  }
  return {};
}

const Zone* ZoneSet::of_apex(wire::NameView apex) const {
  if (zones_.size() == 1) return same_name(zones_[0]->apex().wire(), apex) ? zones_[0].get() : nullptr;
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash_name(apex) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Zone* zone = zones_[slots_[slot] - 1].get();
    if (same_name(zone->apex().wire(), apex)) return zone;
  }
  return nullptr;
}

}  // namespace isochrone::zone
