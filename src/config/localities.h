#pragma once
// Who is where, as far as pools are routed by it: networks of `places:` that no pool tells apart are one locality.
//
//   what the pools ask (countries, boxes, ways) + places ─► localities ─► the map's blocks, Steering::localities
//                                                                     └─► a Geography for each geographic pool

#include <cstdint>
#include <memory>
#include <vector>

#include "config/places.h"
#include "config/zones.h"
#include "steer/geography.h"

namespace isochrone::config {

inline constexpr size_t kMostBoxes = 256;  // different ones, in all pools

class Localizer {
 public:
  // What the pools ask; problems of an installation that could not tell them are reported.
  Localizer(const std::vector<ZoneConfig>& zones, const ProbesConfig& probes, Problems& problems);

  // Numbers the localities of these networks.
  void number(const Places& places, const std::vector<steer::Region>& regions);

  // By network; empty: nobody asks.
  const std::vector<steer::LocalityId>& of_networks() const { return of_network_; }
  std::shared_ptr<const steer::Localities> localities() const { return localities_; }
  std::shared_ptr<const steer::Geography> geography_of(const std::vector<Gateway>& gateways) const;

 private:
  using BoxSet = std::array<uint64_t, kMostBoxes / 64>;  // of boxes_
  void ask(const PoolConfig& pool, Problems& problems);
  void add_box(const ServedArea& box, const PoolConfig& pool, Problems& problems);
  BoxSet boxes_around(const PlacedNetwork& network) const;
  bool is_in(steer::LocalityId id, const ServedArea& area) const;
  void measure(const std::vector<steer::Region>& regions);

  bool asks_country_ = false, asks_way_ = false;
  std::vector<ServedArea> boxes_;
  std::vector<steer::LocalityId> of_network_;
  std::vector<BoxSet> boxes_of_;  // by LocalityId
  std::shared_ptr<steer::Localities> localities_;
};

}  // namespace isochrone::config
