#pragma once
// How alike the paths between two pairs of places are: the covariance of the Gaussian process.
//
// What is modelled of a path {a, b} is its *detour*: y = log(RTT + 8 ms) − log(geographic RTT + 8 ms), 0 where geography
// is right. Paths that begin near each other and end near each other take like detours:
//
//   cov({a,b}, {c,d}) = detour² · [k(a,c)·k(b,d) + k(a,d)·k(b,c)],   k = exp(−chord / reach)    places, from either end
//                     + level²                                                                  this network as a whole
//                     + bend² · exp(−½ Δx²),   x = log base, standardized                       how it grows with distance
//                     + access² · s·s' · [a=c] + [a=d] + [b=c] + [b=d]                          ms that a place adds to all
//
// where s = 1 / (geographic RTT + 8 ms) turns milliseconds into log units.

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "predict/hyper.h"
#include "predict/observations.h"

namespace isochrone::predict {

// Added to RTTs before the logarithm, so that a millisecond more or less at short range is no great matter.
inline constexpr double kOffsetMs = 8;

// A pair with what the covariance asks of it.
struct Path {
  Pair pair;
  double log_base = 0;  // log(geographic RTT + 8)
  double x = 0;         // standardized
  double slope = 0;     // s above
};

Path make_path(Pair pair, double distance_km);

// The chords between places; kept while hyper-parameters are tried.
class Chords {
 public:
  explicit Chords(const std::vector<Place>& places);
  Eigen::MatrixXd similarity(double reach_km) const { return (km_ * (-1 / reach_km)).array().exp().matrix(); }
  double km(uint32_t a, uint32_t b) const { return km_(a, b); }

 private:
  Eigen::MatrixXd km_;
};

// exp(−½ Δx²) of every two paths.
Eigen::MatrixXd bend_shape(const std::vector<Path>& left, const std::vector<Path>& right);

// Between every path of `left` and every path of `right`. `similarity` is indexed by the places of their pairs.
Eigen::MatrixXd covariance(const Hyper& hyper, const Eigen::MatrixXd& similarity, const Eigen::MatrixXd& bend,
                           const std::vector<Path>& left, const std::vector<Path>& right);

// Of one measurement of it.
double noise_variance(const Hyper& hyper, const Path& path);

}  // namespace isochrone::predict
