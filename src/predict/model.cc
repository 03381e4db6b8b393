#include "predict/model.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "predict/fitting.h"
#include "predict/teaching.h"

namespace isochrone::predict {

struct Model::Fitted {
  Observations seen;
  std::vector<Place> places;    // seen, then of networks
  std::vector<Path> paths;      // of the observations, then of networks
  Eigen::Index measured = 0;    // how many are observations
  Hyper hyper;
  Eigen::MatrixXd similarity;   // of the places
  Eigen::MatrixXd lower;        // Cholesky factor of covariance + noise
  Eigen::VectorXd half;         // lower⁻¹ · y
  double most_moved_ms = 0;
};

namespace {

// With networks that gateways see the model must keep half of what it saves: less is no chance.
constexpr double kKept = 0.5;

}  // namespace

std::string_view to_text(Fallback fallback) {
  switch (fallback) {
    case Fallback::None: return "";
    case Fallback::TooFew: return "too little is measured: at least 3 places and 12 pairs are wanted";
    case Fallback::NotBetter: return "it predicts measured rows no better than geography";
    case Fallback::NotFactorizable: return "what is measured contradicts itself";
  }
  return "";
}

Model::Model(std::span<const Place> regions) {
  auto fitted = std::make_shared<Fitted>();
  fitted->seen = observe(regions, {}, 0);
  fitted->places = fitted->seen.places;
  fitted_ = std::move(fitted);
}

Model Model::fit(std::span<const Place> regions, std::span<const Measured> measured, std::span<const ClientNetwork> networks,
                 const Options& options) {
  Model model(regions);
  auto fitted = std::make_shared<Fitted>();
  fitted->seen = observe(regions, measured, options.max_observations - (networks.empty() ? 0 : options.max_taught));
  const Observations& seen = fitted->seen;
  Report& report = model.report_;
  report.observations = static_cast<uint32_t>(seen.list.size());
  report.offered = seen.merged;
  report.rows = seen.rows;
  report.refused = seen.refused;
  if (seen.rows < kLeastRows || seen.list.size() < kLeastObservations) return model;

  Fitting best = best_fitting(seen, options.max_learning);
  report.hyper = fitted->hyper = best.hyper;
  if (!best.solved) {
    report.fallback = Fallback::NotFactorizable;
    return model;
  }
  const HeldOut& held_out = best.held_out;
  report.held_out_error_ms = held_out.error_ms;
  report.held_out_loss_ms = held_out.loss_ms;
  report.geography_loss_ms = held_out.geography_loss_ms;
  report.fallback = beats_geography(held_out) ? Fallback::None : Fallback::NotBetter;
  if (report.fallback != Fallback::None) return model;

  for (const Sample& sample : best.samples) fitted->paths.push_back(sample.path);
  fitted->measured = static_cast<Eigen::Index>(fitted->paths.size());
  fitted->places = seen.places;
  fitted->most_moved_ms = options.most_moved_ms;
  if (auto taught = teach(seen, best.samples, best.hyper, *best.solved, networks, options.max_taught)) {
    report.networks = taught->networks;
    report.network_pairs = static_cast<uint32_t>(taught->paths.size());
    const double saved = held_out.geography_loss_ms - leave_rows_out(taught->solved, best.samples, seen).loss_ms;
    const bool good = saved >= kKept * (held_out.geography_loss_ms - held_out.loss_ms);
    report.teaching = good ? Teaching::Taken : Teaching::NotBetter;
    if (good) {
      fitted->places = std::move(taught->places);
      fitted->paths.insert(fitted->paths.end(), taught->paths.begin(), taught->paths.end());
      best.similarity = std::move(taught->similarity);
      best.solved = std::move(taught->solved);
    }
  }
  fitted->similarity = std::move(best.similarity);
  fitted->lower = std::move(best.solved->lower);
  fitted->half = std::move(best.solved->half);
  model.fitted_ = std::move(fitted);
  return model;
}

// Of all regions of a row.
struct Belief {
  Eigen::VectorXd mean;        // of log(RTT + 8)
  Eigen::MatrixXd covariance;
};

struct Row::Joint {
  std::vector<Path> paths;     // by region
  std::vector<double> km;      // by region: from the client
  Belief measured;             // by what was measured alone
  std::optional<Belief> taught;  // by networks that gateways see too
  double most_moved_ms = 0;
  Hyper hyper;
  bool geography = false;

  std::vector<Estimate> estimates(const Belief& belief, const std::vector<Known>& cells) const;
};

Row Model::at(const Place& client) const {
  const Fitted& fitted = *fitted_;
  const std::vector<Place>& places = fitted.places;
  const Place at = rounded(client);
  const auto here = static_cast<uint32_t>(places.size());  // the client's number among the places, behind all others

  const auto done = [](Row::Joint joint) {
    Row row;
    row.joint_ = std::make_shared<const Row::Joint>(std::move(joint));
    return row;
  };
  Row::Joint row;
  row.hyper = fitted.hyper;
  row.geography = fitted.paths.empty();
  row.most_moved_ms = fitted.most_moved_ms;
  std::vector<Place> all = places;
  all.push_back(at);
  // Where the client stands at a known place it is that place.
  const auto known_place = std::find(places.begin(), places.end(), at);
  const uint32_t self = known_place == places.end() ? here : static_cast<uint32_t>(known_place - places.begin());
  for (const uint32_t region : fitted.seen.region_place) {
    row.km.push_back(distance_km(at, places[region]));
    row.paths.push_back(make_path({self, region}, row.km.back()));
  }

  const Hyper& hyper = fitted.hyper;
  Eigen::MatrixXd similarity(here + 1, here + 1);
  if (fitted.similarity.size() != 0)
    similarity.topLeftCorner(here, here) = fitted.similarity;
  else
    similarity = Chords(all).similarity(hyper.reach_km);
  for (uint32_t i = 0; i <= here; ++i)
    similarity(here, i) = similarity(i, here) = std::exp(-chord_km(all[i], at) / hyper.reach_km);

  Belief& belief = row.measured;
  belief.mean.resize(static_cast<Eigen::Index>(row.paths.size()));
  for (size_t r = 0; r < row.paths.size(); ++r) belief.mean[static_cast<Eigen::Index>(r)] = row.paths[r].log_base;
  belief.covariance = covariance(hyper, similarity, bend_shape(row.paths, row.paths), row.paths, row.paths);
  if (row.geography) return done(std::move(row));
  const Eigen::MatrixXd explained = fitted.lower.triangularView<Eigen::Lower>().solve(
      covariance(hyper, similarity, bend_shape(fitted.paths, row.paths), fitted.paths, row.paths));
  const auto learn = [&](Belief& from, const auto& what, const auto& half) {
    from.mean += what.transpose() * half;
    from.covariance.noalias() -= what.transpose() * what;
  };
  learn(belief, explained.topRows(fitted.measured), fitted.half.head(fitted.measured));
  if (const Eigen::Index more = explained.rows() - fitted.measured; more != 0) {
    row.taught = belief;
    learn(*row.taught, explained.bottomRows(more), fitted.half.tail(more));
  }
  return done(std::move(row));
}

std::vector<Estimate> Row::estimates(std::span<const Known> known) const {
  const Joint& joint = *joint_;
  std::vector<Known> cells;
  for (const Known& cell : known)
    if (cell.region < joint.paths.size() && is_plausible(cell.rtt_ms)) cells.push_back(cell);
  std::vector<Estimate> out = joint.estimates(joint.measured, cells);
  if (joint.taught) {
    const std::vector<Estimate> taught = joint.estimates(*joint.taught, cells);
    for (size_t r = 0; r < out.size(); ++r) {
      const double moved = taught[r].rtt_ms - out[r].rtt_ms, most = joint.most_moved_ms;
      const double within = std::clamp(moved, -most, most);
      out[r] = {std::max(out[r].rtt_ms + within, kLeastRttMs), taught[r].sd_ms, within, std::abs(moved) > most};
    }
  }
  for (const Known& cell : cells) out[cell.region] = {cell.rtt_ms, 0};
  return out;
}

bool Row::can_have(std::span<const Known> known) const {
  return std::ranges::none_of(known, [this](const Known& cell) {
    return cell.region < joint_->km.size() && is_plausible(cell.rtt_ms) && !is_possible(cell.rtt_ms, joint_->km[cell.region]);
  });
}

std::vector<Estimate> Row::Joint::estimates(const Belief& belief, const std::vector<Known>& cells) const {
  Eigen::VectorXd mean = belief.mean;
  Eigen::VectorXd variance = belief.covariance.diagonal();
  if (!cells.empty()) {
    const auto k = static_cast<Eigen::Index>(cells.size());
    Eigen::MatrixXd among(k, k), gain(k, mean.size());
    Eigen::VectorXd surprise(k);
    for (Eigen::Index i = 0; i < k; ++i) {
      const Known& cell = cells[static_cast<size_t>(i)];
      for (Eigen::Index j = 0; j < k; ++j) among(i, j) = belief.covariance(cell.region, cells[static_cast<size_t>(j)].region);
      among(i, i) += noise_variance(hyper, paths[cell.region]);
      gain.row(i) = belief.covariance.row(cell.region);
      surprise[i] = std::log(cell.rtt_ms + kOffsetMs) - belief.mean[cell.region];
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(among);
    const Eigen::MatrixXd half = factor.matrixL().solve(gain);
    mean += half.transpose() * factor.matrixL().solve(surprise);
    variance -= half.colwise().squaredNorm().transpose();
  }

  std::vector<Estimate> out(paths.size());
  for (size_t r = 0; r < out.size(); ++r) {
    const auto at = static_cast<Eigen::Index>(r);
    const double v = std::max(variance[at], 0.0), median = std::exp(mean[at]);
    // The mean of a log-normal. Of geography the uncertainty is a guess itself and must not change the order.
    const double expected = geography && cells.empty() ? median : median * std::exp(0.5 * v);
    out[r] = {std::max(expected - kOffsetMs, kLeastRttMs), median * std::sqrt(v)};
  }
  return out;
}

}  // namespace isochrone::predict
