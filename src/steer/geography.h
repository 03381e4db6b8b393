#pragma once
// Where clients are, for pools that are routed by it. Made at load, shared by every snapshot until the next; a client's
// source in the latency map names its locality, so nothing more is looked up to find it.
//
//   places of the configuration ─► Localities   one list for the installation; its blocks are cut by them
//   a pool's `serves`           ─► Geography    the areas around each locality, smallest first
//   a pool's `bias`             ─► reach_of()   what the distance to a region is multiplied with

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "steer/latency_map.h"
#include "steer/region.h"

namespace isochrone::steer {

// Clients that no pool has reason to tell apart by their place.
struct Locality {
  std::array<char, 2> country{};      // ISO 3166; zeros: not known, or no pool asks for it
  bool located = false;               // the position is known, and some pool asks for it
  float latitude = 0, longitude = 0;  // degrees
};

struct Localities {
  static constexpr double kStepKm = 0.5;
  static constexpr uint16_t kNowhere = UINT16_MAX;
  std::vector<Locality> list;      // by LocalityId
  size_t regions = 0;
  // Along the great circle, in steps of kStepKm, by LocalityId and RegionId; kNowhere: one of the two has no position.
  // Empty where no pool asks.
  std::vector<uint16_t> distance;

  // By RegionId; empty: nothing is known of the client's place.
  std::span<const uint16_t> distances(LocalityId id) const {
    if (id >= list.size() || distance.empty() || !list[id].located) return {};
    return {distance.data() + id * regions, regions};
  }
};

// Which areas each gateway of a pool serves (`routing: geographic`).
class Geography {
 public:
  struct Area {
    std::string name;   // "country:JP", for explain
    RegionSet regions;  // that serve exactly this area
  };

  Geography() = default;
  // `around`, by LocalityId: the areas that hold it, smallest first, as indices. `rest`: who serves whoever is in none of
  // them, and clients all of whose own gateways are down.
  Geography(std::vector<Area> areas, const std::vector<std::vector<uint16_t>>& around, const RegionSet& rest);

  // Of a locality or kNoLocality; indices for area().
  std::span<const uint16_t> around(LocalityId id) const {
    if (id >= chain_of_.size()) return {};
    const uint16_t* chain = chains_.data() + chain_of_[id];
    return {chain + 1, chain[0]};
  }
  const Area& area(uint16_t index) const { return areas_[index]; }
  const RegionSet& rest() const { return rest_; }

 private:
  std::vector<Area> areas_;
  std::vector<uint32_t> chain_of_;  // by LocalityId: into chains_
  std::vector<uint16_t> chains_;    // each a count, then as many areas; equal ones are there once
  RegionSet rest_;
};

// How far a region reaches by its bias, −99…99, as Route 53 has it: a distance to it counts as
//
//   distance × (1 − bias / 100)   where the bias is positive: 50 halves it, and its clients come from twice as far
//   distance ÷ (1 + bias / 100)   where it is negative: −50 doubles it
//
// Returned in 65536ths, so that all nodes round alike.
uint32_t reach_of(int bias);
inline uint64_t biased(uint16_t steps, uint32_t reach) { return uint64_t{steps} * reach; }  // 65536ths of steps

}  // namespace isochrone::steer
