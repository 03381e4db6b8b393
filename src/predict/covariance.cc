#include "predict/covariance.h"

#include <cmath>

namespace isochrone::predict {

std::array<double, Hyper::kCount> Hyper::logs() const {
  return {std::log(detour),    std::log(reach_km), std::log(level),   std::log(bend),
          std::log(access_ms), std::log(noise),    std::log(noise_ms)};
}

Hyper Hyper::from_logs(const std::array<double, kCount>& logs) {
  return {std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3]),
          std::exp(logs[4]), std::exp(logs[5]), std::exp(logs[6])};
}

Path make_path(Pair pair, double distance_km) {
  // Log bases of the world's paths: 4.6 ± 0.8.
  const double base = geographic_rtt_ms(distance_km) + kOffsetMs, log_base = std::log(base);
  return {pair, log_base, (log_base - 4.6) / 0.8, 1 / base};
}

Chords::Chords(const std::vector<Place>& places) {
  const auto n = static_cast<Eigen::Index>(places.size());
  Eigen::MatrixXd unit(3, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto u = unit_vector(places[static_cast<size_t>(i)]);
    unit.col(i) << u[0], u[1], u[2];
  }
  km_.resize(n, n);
  for (Eigen::Index i = 0; i < n; ++i) km_.col(i) = kEarthRadiusKm * (unit.colwise() - unit.col(i)).colwise().norm().transpose();
}

Eigen::MatrixXd bend_shape(const std::vector<Path>& left, const std::vector<Path>& right) {
  Eigen::ArrayXd x(static_cast<Eigen::Index>(left.size()));
  for (size_t i = 0; i < left.size(); ++i) x[static_cast<Eigen::Index>(i)] = left[i].x;
  Eigen::MatrixXd out(x.size(), static_cast<Eigen::Index>(right.size()));
  for (size_t j = 0; j < right.size(); ++j)
    out.col(static_cast<Eigen::Index>(j)) = ((x - right[j].x).square() * -0.5).exp().matrix();
  return out;
}

Eigen::MatrixXd covariance(const Hyper& hyper, const Eigen::MatrixXd& similarity, const Eigen::MatrixXd& bend,
                           const std::vector<Path>& left, const std::vector<Path>& right) {
  const double detour = hyper.detour * hyper.detour, level = hyper.level * hyper.level;
  const double access = hyper.access_ms * hyper.access_ms, bending = hyper.bend * hyper.bend;
  Eigen::MatrixXd out(static_cast<Eigen::Index>(left.size()), static_cast<Eigen::Index>(right.size()));
  for (size_t j = 0; j < right.size(); ++j) {
    const auto [c, d] = right[j].pair;
    const double* const to_c = similarity.col(c).data();
    const double* const to_d = similarity.col(d).data();
    const double* const bend_j = bend.col(static_cast<Eigen::Index>(j)).data();
    double* const column = out.col(static_cast<Eigen::Index>(j)).data();
    for (size_t i = 0; i < left.size(); ++i) {
      const auto [a, b] = left[i].pair;
      double value = detour * (to_c[a] * to_d[b] + to_d[a] * to_c[b]) + level + bending * bend_j[i];
      const int shared = (a == c) + (a == d) + (b == c) + (b == d);
      if (shared) value += access * left[i].slope * right[j].slope * shared;
      column[i] = value;
    }
  }
  return out;
}

double noise_variance(const Hyper& hyper, const Path& path) {
  const double ms = hyper.noise_ms * path.slope;
  return hyper.noise * hyper.noise + ms * ms;
}

}  // namespace isochrone::predict
