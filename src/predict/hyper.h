#pragma once
// The seven numbers that say how alike paths are (covariance.h has the formula).

#include <array>
#include <cstddef>

namespace isochrone::predict {

// Each a positive number; learnt on a log scale.
struct Hyper {
  double detour = 0.5;     // log units
  double reach_km = 12000;
  double level = 0.3;      // log units
  double bend = 0.1;       // log units
  double access_ms = 1.5;
  double noise = 0.03;     // of a measurement: a share of the RTT,
  double noise_ms = 2;     // and milliseconds

  static constexpr size_t kCount = 7;
  std::array<double, kCount> logs() const;
  static Hyper from_logs(const std::array<double, kCount>& logs);
};

}  // namespace isochrone::predict
