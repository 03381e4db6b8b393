#pragma once
// Where client networks are: `places:` of probes/*.yaml → the surroundings of prefixes in the latency map.
//
//   prefix,latitude,longitude[,country[,asn]]      CSV; both coordinates may be empty
//   an MMDB file                                   nested (location.latitude, country.iso_code) or flat (latitude, …)
//
// Networks may lie in one another, and sources may tell of the same one: each field, position, country and AS, is that of
// the longest prefix that has it, whatever is asked of it. An AS file beside one of cities hides no city.
//
// Many networks share few positions. Rows are predicted per *place*: positions rounded to a hundredth of a degree, and
// where there are more than kMostPlaces of those to a coarser grid, up to some hundred kilometres.

#include <array>
#include <vector>

#include "config/files.h"
#include "config/model.h"
#include "config/probes.h"
#include "predict/place.h"
#include "steer/latency_map.h"
#include "util/problem.h"

namespace isochrone::config {

inline constexpr size_t kMostPlaces = 2000;        // a refit works out a row for each
inline constexpr size_t kMostPlacedNetworks = 4000000;

// One network, as a source of places tells of it.
struct PlacedNetwork {
  Prefix prefix;                      // folded
  float latitude = 0, longitude = 0;  // meaningless unless `located`
  uint32_t as_number = 0;             // 0: not told
  std::array<char, 2> country{};      // zeros: not told
  bool located = false;
};

struct Places {
  std::vector<PlacedNetwork> networks;   // as inherit() leaves them
  std::vector<uint32_t> place;           // by network: into distinct, or Surroundings::kNowhere
  std::vector<predict::Place> distinct;
  double grid_degrees = 0.01;
};

Places read_places(const ProbesConfig& config, Files& files, Problems& problems);

// One source of them; every problem is reported.
void read_places_table(const PlacesConfig& source, Files& files, std::vector<PlacedNetwork>& out, Problems& problems);
void read_places_mmdb(const PlacesConfig& source, Files& files, std::vector<PlacedNetwork>& out, Problems& problems);

// Sorts them, wide before narrow, one for each prefix. What one does not tell is taken from the next one of its prefix that
// does, or else from the narrowest around it.
void inherit(std::vector<PlacedNetwork>& networks);

// `localities`: by network; empty: no pool asks where clients are.
void add_places(const Places& places, const std::vector<Vantage>& vantages,
                const std::vector<steer::LocalityId>& localities, steer::LatencyMapBuilder& map);

}  // namespace isochrone::config
