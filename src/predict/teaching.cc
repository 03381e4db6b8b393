#include "predict/teaching.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace isochrone::predict {

namespace {

// Several networks of one place have the same paths beyond their access: more of them are no more certain.
constexpr size_t kMostAtAPlace = 4;
constexpr size_t kMostCells = 8;

// What a gateway sees is off by a twentieth and 2 ms beside what any measurement is off by: others of the network's
// clients come to it than to the next one.
constexpr double kSeenNoise = 0.05, kSeenNoiseMs = 2;

// How far off a height may be when it is taken off: so far that a network's level says nothing.
constexpr double kHeightMs = 100;

// Evenly from a network's own, in the order of regions, each once.
std::vector<Known> usable_cells(const ClientNetwork& network, size_t regions) {
  std::vector<Known> cells;
  for (const Known& cell : network.cells)
    if (cell.region < regions && is_plausible(cell.rtt_ms)) cells.push_back(cell);
  std::stable_sort(cells.begin(), cells.end(), [](const Known& a, const Known& b) { return a.region < b.region; });
  cells.erase(std::unique(cells.begin(), cells.end(), [](const Known& a, const Known& b) { return a.region == b.region; }), cells.end());
  if (cells.size() <= kMostCells) return cells;
  std::vector<Known> out;
  for (size_t i = 0; i < kMostCells; ++i) out.push_back(cells[i * cells.size() / kMostCells]);
  return out;
}

std::vector<ClientNetwork> choose(const Observations& seen, std::span<const ClientNetwork> networks, size_t most) {
  std::map<Place, std::vector<ClientNetwork>> at;
  for (const ClientNetwork& network : networks)
    if (ClientNetwork usable{rounded(network.from), usable_cells(network, seen.region_place.size())}; usable.cells.size() >= 2)
      at[usable.from].push_back(std::move(usable));
  if (at.empty()) return {};
  std::vector<Place> places;
  std::vector<uint32_t> rows;
  for (auto& [place, list] : at) {
    std::stable_sort(list.begin(), list.end(), [](const ClientNetwork& a, const ClientNetwork& b) { return a.cells.size() > b.cells.size(); });
    rows.push_back(static_cast<uint32_t>(places.size()));
    places.push_back(place);
  }
  std::vector<ClientNetwork> out;
  size_t pairs = 0;
  const std::vector<uint32_t> order = farthest_first(places, rows, most / 2);
  for (size_t turn = 0; turn < kMostAtAPlace; ++turn)
    for (const uint32_t row : order) {
      const std::vector<ClientNetwork>& list = at.at(places[row]);
      if (turn >= list.size() || pairs + list[turn].cells.size() > most) continue;
      pairs += list[turn].cells.size();
      out.push_back(list[turn]);
    }
  return out;
}

// Adds a place where it is not there yet.
uint32_t number_of(std::vector<Place>& places, const Place& place) {
  const auto number = static_cast<uint32_t>(std::find(places.begin(), places.end(), place) - places.begin());
  if (number == places.size()) places.push_back(place);
  return number;
}

double seen_noise_variance(const Hyper& hyper, double rtt_ms, double slope) {
  const double share = rtt_ms * rtt_ms * (hyper.noise * hyper.noise + kSeenNoise * kSeenNoise);
  return (share + hyper.noise_ms * hyper.noise_ms + kSeenNoiseMs * kSeenNoiseMs) * slope * slope;
}

}  // namespace

double access_height_ms(const std::vector<double>& rtt_ms, const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const auto cost = [&](double height) {
    Eigen::VectorXd off(mean.size());
    for (Eigen::Index i = 0; i < off.size(); ++i) off[i] = std::log(rtt_ms[static_cast<size_t>(i)] - height + kOffsetMs) - mean[i];
    return factor.matrixL().solve(off).squaredNorm();
  };
  // By halves of the step around the best of an even grid: the cost may have more valleys than one.
  const double most = *std::min_element(rtt_ms.begin(), rtt_ms.end());
  constexpr int kGrid = 32, kHalvings = 12;
  double best = 0, lowest = cost(0);
  const auto try_at = [&](double height) {
    if (height < 0 || height >= most) return;
    if (const double c = cost(height); c < lowest) best = height, lowest = c;
  };
  for (int i = 1; i < kGrid; ++i) try_at(most * i / kGrid);
  double step = most / kGrid / 2;
  for (int i = 0; i < kHalvings; ++i, step /= 2) {
    const double middle = best;
    try_at(middle - step);
    try_at(middle + step);
  }
  return best;
}

std::optional<Taught> teach(const Observations& seen, const std::vector<Sample>& samples, const Hyper& hyper, const Solved& measured,
                            std::span<const ClientNetwork> networks, size_t most) {
  const std::vector<ClientNetwork> chosen = choose(seen, networks, most);
  if (chosen.empty()) return std::nullopt;
  Taught out;
  out.networks = static_cast<uint32_t>(chosen.size());
  out.places = seen.places;
  std::vector<double> rtts;
  for (const ClientNetwork& network : chosen) {
    const uint32_t from = number_of(out.places, network.from);
    for (const Known& cell : network.cells) {
      const uint32_t to = seen.region_place[cell.region];
      out.paths.push_back(make_path({std::min(from, to), std::max(from, to)}, distance_km(network.from, out.places[to])));
      rtts.push_back(cell.rtt_ms);
    }
  }
  out.similarity = Chords(out.places).similarity(hyper.reach_km);
  std::vector<Path> told;
  for (const Sample& sample : samples) told.push_back(sample.path);
  const Eigen::MatrixXd explained = measured.lower.triangularView<Eigen::Lower>().solve(
      covariance(hyper, out.similarity, bend_shape(told, out.paths), told, out.paths));
  Eigen::VectorXd mean = explained.transpose() * measured.half;
  for (size_t i = 0; i < out.paths.size(); ++i) mean[static_cast<Eigen::Index>(i)] += out.paths[i].log_base;
  Eigen::MatrixXd own = covariance(hyper, out.similarity, bend_shape(out.paths, out.paths), out.paths, out.paths);
  own.noalias() -= explained.transpose() * explained;

  Eigen::VectorXd surprise(mean.size());
  Eigen::Index first = 0;
  for (const ClientNetwork& network : chosen) {
    const auto n = static_cast<Eigen::Index>(network.cells.size());
    const std::vector<double> row(rtts.begin() + first, rtts.begin() + first + n);
    Eigen::MatrixXd block = own.block(first, first, n, n);
    for (Eigen::Index i = 0; i < n; ++i)
      block(i, i) += seen_noise_variance(hyper, row[static_cast<size_t>(i)], std::exp(-mean[first + i]));
    const double height = access_height_ms(row, mean.segment(first, n), block);
    Eigen::VectorXd slope(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double path = row[static_cast<size_t>(i)] - height + kOffsetMs;
      surprise[first + i] = std::log(path) - mean[first + i];
      slope[i] = 1 / path;
      own(first + i, first + i) += seen_noise_variance(hyper, row[static_cast<size_t>(i)], slope[i]);
    }
    own.block(first, first, n, n).noalias() += kHeightMs * kHeightMs * slope * slope.transpose();
    first += n;
  }
  auto solved = measured.with(explained, std::move(own), surprise);
  if (!solved) return std::nullopt;
  out.solved = std::move(*solved);
  return out;
}

}  // namespace isochrone::predict
