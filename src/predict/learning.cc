#include "predict/learning.h"

#include <Eigen/Cholesky>
#include <cmath>

namespace isochrone::predict {

namespace {

using Logs = std::array<double, Hyper::kCount>;

// How far from its centre a parameter is expected, on the log scale: half to two thirds of a natural logarithm is a
// factor of two either way; noise and access differ more from network to network than the shape of the Earth does.
constexpr Logs kSpread{0.5, 0.5, 0.7, 0.8, 1.0, 0.8, 0.8};
constexpr int kRounds = 12;

class Posterior {
 public:
  Posterior(const Chords& chords, const std::vector<Sample>& samples) : chords_(chords), samples_(samples) {
    y_.resize(static_cast<Eigen::Index>(samples.size()));
    for (size_t i = 0; i < samples.size(); ++i) {
      paths_.push_back(samples[i].path);
      y_[static_cast<Eigen::Index>(i)] = samples[i].y;
    }
    bend_ = bend_shape(paths_, paths_);
  }

  // −log of prior × likelihood, up to a constant.
  double cost(const Logs& logs) {
    const Hyper hyper = Hyper::from_logs(logs);
    if (hyper.reach_km != reach_km_) {
      reach_km_ = hyper.reach_km;
      similarity_ = chords_.similarity(reach_km_);
    }
    Eigen::MatrixXd k = covariance(hyper, similarity_, bend_, paths_, paths_);
    for (size_t i = 0; i < paths_.size(); ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      k(at, at) += noise_variance(hyper, paths_[i]) / samples_[i].precision;
    }
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(k);
    if (factor.info() != Eigen::Success) return INFINITY;
    double cost = 0.5 * y_.dot(factor.solve(y_)) + k.diagonal().array().log().sum();
    for (size_t i = 0; i < logs.size(); ++i) cost += 0.5 * std::pow((logs[i] - centre_[i]) / kSpread[i], 2);
    return std::isfinite(cost) ? cost : INFINITY;
  }

 private:
  const Chords& chords_;
  const std::vector<Sample>& samples_;
  const Logs centre_ = Hyper{}.logs();
  std::vector<Path> paths_;
  Eigen::VectorXd y_;
  Eigen::MatrixXd bend_, similarity_;
  double reach_km_ = 0;
};

}  // namespace

Hyper learn(const Chords& chords, const std::vector<Sample>& samples) {
  Posterior posterior(chords, samples);
  Logs best = Hyper{}.logs(), step;
  step.fill(0.4);
  double lowest = posterior.cost(best);
  for (int round = 0; round < kRounds; ++round)
    for (size_t i = 0; i < best.size(); ++i) {
      const auto improves = [&](double by) {
        Logs tried = best;
        tried[i] += by;
        const double cost = posterior.cost(tried);
        if (!(cost < lowest)) return false;
        best = tried, lowest = cost;
        return true;
      };
      // The direction that paid last is kept in the sign.
      if (improves(step[i]))
        step[i] *= 1.3;
      else if (improves(-step[i]))
        step[i] *= -1.3;
      else
        step[i] *= 0.4;
    }
  return Hyper::from_logs(best);
}

}  // namespace isochrone::predict
