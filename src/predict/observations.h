#pragma once
// What was measured, made fit to learn from: absurd figures refused, places told apart, both directions of a pair and
// repeated measurements merged, and no more of it than a factorization can afford.

#include <cstdint>
#include <span>
#include <vector>

#include "predict/place.h"

namespace isochrone::predict {

// A round-trip time from a place to a region.
struct Measured {
  Place from;
  uint32_t region = 0;
  double rtt_ms = 0;
};

// One region's cell of a row.
struct Known {
  uint32_t region = 0;
  double rtt_ms = 0;
};

// A client network whose place is known, with round-trip times as gateways see them.
struct ClientNetwork {
  Place from;
  std::vector<Known> cells;
};

// What can be believed of a path on this planet. Outside of it (and NaN) a figure is refused.
inline constexpr double kLeastRttMs = 0.01, kMostRttMs = 10000;
inline bool is_plausible(double rtt_ms) { return rtt_ms >= kLeastRttMs && rtt_ms <= kMostRttMs; }

// Nor can it be quicker than light in glass, 100 km there and back a millisecond, on the way that is left when both ends are as
// far off as a position can be that stands for a country.
inline constexpr double kPlaceOffKm = 1000;
inline bool is_possible(double rtt_ms, double km) { return rtt_ms >= (km - kPlaceOffKm) / 100; }

// An unordered pair of places: a round trip takes the same way from either end.
struct Pair {
  uint32_t a = 0, b = 0;  // indices into Observations::places; a ≤ b
  auto operator<=>(const Pair&) const = default;
};

struct Observation {
  Pair pair;
  double rtt_ms = 0;   // geometric mean of what was merged
  uint32_t count = 1;  // how many were
};

struct Observations {
  std::vector<Place> places;           // distinct
  std::vector<uint32_t> region_place;  // by region: index into places
  std::vector<Observation> list;       // by pair, each once
  uint32_t rows = 0;                   // distinct places measured from
  uint32_t merged = 0;                 // pairs measured, before the bound
  uint32_t refused = 0;                // figures that cannot be
};

// The first `most` of `rows`, which are indices into `places`, in the order of how much of the world each adds: every next
// one is the farthest from those before it. `rows`: not empty.
std::vector<uint32_t> farthest_first(const std::vector<Place>& places, const std::vector<uint32_t>& rows, size_t most);

// What is measured within a city is no path between places: half a millisecond from a vantage to the region beside it would be
// learnt as a network that is fast where distances are short, and slow elsewhere.
inline constexpr double kLeastKm = 50;

// Pairs closer than kLeastKm are left out. Deterministic: depends on the set of what was measured, not on its order. Where more than `most` pairs were measured,
// rows are taken farthest first, so that every part of the world keeps its nearest row, and of each row the cells that
// the bound allows, spread evenly.
Observations observe(std::span<const Place> regions, std::span<const Measured> measured, size_t most);

}  // namespace isochrone::predict
