#include "config/localities.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "config/areas.h"
#include "config/continents.h"

namespace isochrone::config {

Localizer::Localizer(const std::vector<ZoneConfig>& zones, const ProbesConfig& probes, Problems& problems) {
  for (const ZoneConfig& zone : zones)
    for (const PoolConfig& pool : zone.pools) {
      const steer::Routing routing = pool.settings.spec.routing;
      if (routing != steer::Routing::Geographic && routing != steer::Routing::Proximity) continue;
      ask(pool, problems);
      if (probes.places.empty())
        problems.error(pool.place, pool.key, "is routed by where clients are, but nothing says where that is",
                       "expected 'places' in probes/*.yaml, with a table or an MMDB file");
    }
}

void Localizer::ask(const PoolConfig& pool, Problems& problems) {
  if (pool.settings.spec.routing == steer::Routing::Proximity) {
    asks_way_ = true;
    return;
  }
  asks_country_ = true;
  for (const Gateway& gateway : pool.gateways)
    for (const ServedArea& area : gateway.areas)
      if (area.kind == ServedArea::Kind::Box) add_box(area, pool, problems);
}

void Localizer::add_box(const ServedArea& box, const PoolConfig& pool, Problems& problems) {
  if (std::find(boxes_.begin(), boxes_.end(), box) != boxes_.end()) return;
  if (boxes_.size() < kMostBoxes) return boxes_.push_back(box);
  problems.error(pool.place, pool.key, fmt::format("has one area more than the {} different ones there may be", kMostBoxes),
                 "expected countries and continents where they do");
}

Localizer::BoxSet Localizer::boxes_around(const PlacedNetwork& network) const {
  BoxSet set{};
  for (size_t i = 0; network.located && i < boxes_.size(); ++i)
    if (holds(boxes_[i], network.latitude, network.longitude)) set[i / 64] |= uint64_t{1} << i % 64;
  return set;
}

void Localizer::number(const Places& places, const std::vector<steer::Region>& regions) {
  if (!asks_country_ && !asks_way_) return;
  localities_ = std::make_shared<steer::Localities>();
  using Key = std::tuple<std::array<char, 2>, uint32_t, BoxSet>;
  std::map<Key, steer::LocalityId> numbers;
  for (size_t i = 0; i < places.networks.size(); ++i) {
    const PlacedNetwork& network = places.networks[i];
    steer::Locality at;
    if (asks_country_) at.country = network.country;
    const uint32_t place = asks_way_ ? places.place[i] : steer::Surroundings::kNowhere;
    const BoxSet boxes = boxes_around(network);
    if (at.country[0] == 0 && place == steer::Surroundings::kNowhere && boxes == BoxSet{}) {
      of_network_.push_back(steer::kNoLocality);
      continue;
    }
    const auto [known, is_new] =
        numbers.try_emplace({at.country, place, boxes}, static_cast<steer::LocalityId>(localities_->list.size()));
    of_network_.push_back(known->second);
    if (!is_new) continue;
    if (place != steer::Surroundings::kNowhere) {
      at.located = true;
      at.latitude = static_cast<float>(places.distinct[place].latitude);
      at.longitude = static_cast<float>(places.distinct[place].longitude);
    }
    localities_->list.push_back(at);
    boxes_of_.push_back(boxes);
  }
  localities_->regions = regions.size();
  if (asks_way_) measure(regions);
}

void Localizer::measure(const std::vector<steer::Region>& regions) {
  auto& distance = localities_->distance;
  distance.reserve(localities_->list.size() * regions.size());
  for (const steer::Locality& at : localities_->list)
    for (const steer::Region& region : regions) {
      if (!at.located || !region.located) {
        distance.push_back(steer::Localities::kNowhere);
        continue;
      }
      const double km = predict::distance_km({at.latitude, at.longitude}, {region.latitude, region.longitude});
      distance.push_back(static_cast<uint16_t>(km / steer::Localities::kStepKm + 0.5));
    }
}

bool Localizer::is_in(steer::LocalityId id, const ServedArea& area) const {
  const Code& country = localities_->list[id].country;
  switch (area.kind) {
    case ServedArea::Kind::Country: return country == area.code;
    case ServedArea::Kind::Continent: return continent_of(country) == area.code;
    case ServedArea::Kind::Box: break;
  }
  const auto box = static_cast<size_t>(std::find(boxes_.begin(), boxes_.end(), area) - boxes_.begin());
  return box < boxes_.size() && boxes_of_[id][box / 64] >> box % 64 & 1;
}

std::shared_ptr<const steer::Geography> Localizer::geography_of(const std::vector<Gateway>& gateways) const {
  steer::RegionSet rest;
  std::vector<std::pair<ServedArea, steer::RegionSet>> served;
  for (const Gateway& gateway : gateways) {
    if (gateway.number == steer::kNoRegion) continue;  // reported; this world is thrown away
    if (gateway.serves_rest) rest.add(gateway.number);
    for (const ServedArea& area : gateway.areas) {
      auto known = std::find_if(served.begin(), served.end(), [&](auto& s) { return s.first == area; });
      if (known == served.end()) known = served.insert(known, {area, {}});
      known->second.add(gateway.number);
    }
  }
  // Country, boxes from small to large, continent.
  std::stable_sort(served.begin(), served.end(), [](auto& a, auto& b) {
    if (a.first.kind != b.first.kind) return a.first.kind < b.first.kind;
    return a.first.kind == ServedArea::Kind::Box && size_of(a.first) < size_of(b.first);
  });
  std::vector<steer::Geography::Area> areas;
  for (const auto& [area, regions] : served) areas.push_back({area.name, regions});
  std::vector<std::vector<uint16_t>> around(localities_->list.size());
  for (steer::LocalityId id = 0; id < around.size(); ++id)
    for (size_t i = 0; i < served.size(); ++i)
      if (is_in(id, served[i].first)) around[id].push_back(static_cast<uint16_t>(i));
  return std::make_shared<const steer::Geography>(std::move(areas), around, rest);
}

}  // namespace isochrone::config
