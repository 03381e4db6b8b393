#include "networks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <sstream>

#include "predict/model.h"

namespace isochrone::predict {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) out.push_back(field);
  return out;
}

// Numbers that are the same with every standard library.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  double uniform() { return (engine_() + 0.5) / 4294967296.0; }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()); }
  size_t below(size_t n) { return static_cast<size_t>(uniform() * static_cast<double>(n)); }
  // The first `count` of a shuffle of `from`.
  std::vector<size_t> draw(std::vector<size_t> from, size_t count) {
    for (size_t i = 0; i < count; ++i) std::swap(from[i], from[i + below(from.size() - i)]);
    from.resize(count);
    return from;
  }

 private:
  std::mt19937 engine_;
};

std::vector<std::vector<double>> square(size_t n, double value) {
  return std::vector<std::vector<double>>(n, std::vector<double>(n, value));
}

}  // namespace

Network azure(const std::string& file) {
  const char* shared = std::getenv("ISOCHRONE_SHARED");
  const std::string folder = (shared ? std::string(shared) : SOURCE_ROOT "/../shared") + "/data/";
  Network out{"azure", {}, {}, {}};
  std::map<std::string, size_t> index;
  std::ifstream regions(folder + "azure-regions.csv"), matrix(folder + file);
  std::string line;
  std::getline(regions, line);
  while (std::getline(regions, line)) {
    const auto f = fields_of(line);
    index.emplace(f.at(0), out.places.size());
    out.places.push_back({std::stod(f.at(4)), std::stod(f.at(5))});
  }
  out.truth = square(out.places.size(), kMissing);
  std::getline(matrix, line);
  while (std::getline(matrix, line)) {
    const auto f = fields_of(line);
    out.truth[index.at(f.at(0))][index.at(f.at(1))] = std::stod(f.at(2));
  }
  out.measured = out.truth;
  return out;
}

Network with_noise(const Network& clean, const Noise& noise, unsigned seed, std::string name) {
  Network out = clean;
  out.name = std::move(name);
  Random random(seed);
  const size_t n = out.places.size();
  std::vector<double> access(n);
  for (double& a : access) a = -noise.access_ms * std::log(random.uniform());
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      double& truth = out.truth[i][j];
      truth = std::max(0.3, truth + access[i] + access[j] + noise.asymmetry_ms * random.normal());
      double seen = truth * std::exp(noise.jitter * random.normal());
      if (random.uniform() < noise.wrong) seen *= std::exp((random.uniform() - 0.5) * 2 * std::log(4));
      out.measured[i][j] = random.uniform() < noise.missing ? kMissing : seen;
    }
  return out;
}

Network cables(int cities, int neighbours, unsigned seed, std::string name) {
  Random random(seed);
  Network out{std::move(name), {}, {}, {}};
  const size_t n = static_cast<size_t>(cities);
  std::vector<Place> continents;
  for (int i = 0; i < 6; ++i) continents.push_back({random.uniform() * 100 - 45, random.uniform() * 360 - 180});
  for (size_t i = 0; i < n; ++i) {
    const Place& c = continents[random.below(continents.size())];
    Place p{c.latitude + random.normal() * 10, c.longitude + random.normal() * 16};
    if (p.longitude < -180) p.longitude += 360;
    if (p.longitude > 180) p.longitude -= 360;
    out.places.push_back(p);
  }
  auto way = square(n, std::numeric_limits<double>::infinity());  // ms
  const auto cable = [&](size_t i, size_t j) {
    const double ms = distance_km(out.places[i], out.places[j]) / 100 * (1.1 + 0.5 * random.uniform()) + 0.7;
    way[i][j] = way[j][i] = std::min(way[i][j], ms);
  };
  for (size_t i = 0; i < n; ++i) {
    std::vector<size_t> near(n);
    std::iota(near.begin(), near.end(), size_t{0});
    std::sort(near.begin(), near.end(), [&](size_t a, size_t b) {
      return distance_km(out.places[i], out.places[a]) < distance_km(out.places[i], out.places[b]);
    });
    for (int k = 1; k <= neighbours; ++k) cable(i, near[static_cast<size_t>(k)]);
  }
  for (int i = 0; i < cities / 2; ++i) cable(random.below(n), random.below(n));
  for (size_t i = 0; i < n; ++i) cable(i, (i + 1) % n);  // connected at any rate
  for (size_t k = 0; k < n; ++k)
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) way[i][j] = std::min(way[i][j], way[i][k] + way[k][j]);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) way[i][j] = i == j ? kMissing : way[i][j] + 1;
  out.truth = out.measured = way;
  return out;
}

namespace {

std::vector<double> by_inverse_distance(const Network& network, const std::vector<size_t>& vantages, size_t client) {
  std::vector<double> out;
  for (size_t r = 0; r < network.places.size(); ++r) {
    const auto base = [&](size_t from) { return geographic_rtt_ms(distance_km(network.places[from], network.places[r])); };
    double sum = 0, weight = 0;
    for (const size_t v : vantages) {
      if (v == r || std::isnan(network.measured[v][r])) continue;
      const double w = 1 / (distance_km(network.places[v], network.places[client]) + 100);
      sum += w * (network.measured[v][r] - base(v)), weight += w;
    }
    out.push_back(base(client) + (weight > 0 ? sum / weight : 0));
  }
  return out;
}

std::vector<ClientNetwork> as_seen(const Network& network, const std::vector<size_t>& places, const Seen& seen, Random& random) {
  std::vector<size_t> all(network.places.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<ClientNetwork> out;
  for (const size_t place : places) {
    std::vector<size_t> others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(place));
    std::vector<size_t> gateways = random.draw(others, 6);
    std::sort(gateways.begin(), gateways.end(), [&](size_t a, size_t b) { return network.truth[place][a] < network.truth[place][b]; });
    const bool lies = seen.lie != 1 && place != 0;
    if (lies) gateways[0] = 0;
    ClientNetwork& made = out.emplace_back();
    made.from = network.places[place];
    const double access = -seen.access_ms * std::log(random.uniform());
    for (size_t i = 0; i < 3; ++i) {
      const double rtt = network.truth[place][gateways[i]] * std::exp(0.05 * random.normal()) + access;
      made.cells.push_back({static_cast<uint32_t>(gateways[i]), rtt * (lies && i == 0 ? seen.lie : 1)});
    }
  }
  return out;
}

}  // namespace

Score score(const Network& network, Method method, const Trial& trial) {
  Random random(trial.seed);
  const size_t n = network.places.size();
  std::vector<size_t> all(n);
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<double> excess;
  for (int draw = 0; draw < trial.draws; ++draw) {
    const std::vector<size_t> vantages = random.draw(all, static_cast<size_t>(trial.vantages));
    std::vector<Measured> measured;
    for (const size_t v : vantages)
      for (size_t r = 0; r < n; ++r)
        if (v != r && !std::isnan(network.measured[v][r]))
          measured.push_back({network.places[v], static_cast<uint32_t>(r), network.measured[v][r]});
    std::vector<size_t> seen;
    std::vector<ClientNetwork> networks;
    if (trial.seen.places != 0) {
      Random aside(trial.seed + 1000 * static_cast<unsigned>(draw + 1));
      std::vector<size_t> rest;
      for (const size_t place : all)
        if (std::find(vantages.begin(), vantages.end(), place) == vantages.end()) rest.push_back(place);
      seen = aside.draw(rest, static_cast<size_t>(trial.seen.places));
      if (trial.seen.teaches) networks = as_seen(network, seen, trial.seen, aside);
    }
    const Model model = method == Method::Model ? Model::fit(network.places, measured, networks) : Model(network.places);
    for (size_t client = 0; client < n; ++client) {
      const auto is_among = [&](const std::vector<size_t>& list) { return std::find(list.begin(), list.end(), client) != list.end(); };
      if (is_among(vantages) || is_among(seen)) continue;
      const Row row = model.at(network.places[client]);
      std::vector<double> guess;
      if (method == Method::InverseDistance)
        guess = by_inverse_distance(network, vantages, client);
      else
        for (const Estimate& e : row.estimates()) guess.push_back(e.rtt_ms);
      std::vector<size_t> others = all;
      if (!trial.own_region) others.erase(others.begin() + static_cast<std::ptrdiff_t>(client));
      for (int set = 0; set < trial.sets; ++set) {
        const std::vector<size_t> gateways = random.draw(others, 6);
        std::vector<Known> known;
        for (const size_t g : gateways)
          if (known.size() < static_cast<size_t>(trial.known) && !std::isnan(network.measured[client][g]))
            known.push_back({static_cast<uint32_t>(g), network.measured[client][g]});
        if (!known.empty() && method == Method::Model) {
          guess.clear();
          for (const Estimate& e : row.estimates(known)) guess.push_back(e.rtt_ms);
        }
        std::vector<double> cells = guess;
        for (const Known& cell : known) cells[cell.region] = cell.rtt_ms;
        const auto truth = [&](size_t g) { return g == client ? 0.5 : network.truth[client][g]; };
        const size_t chosen = *std::min_element(gateways.begin(), gateways.end(), [&](size_t a, size_t b) { return cells[a] < cells[b]; });
        const size_t best = *std::min_element(gateways.begin(), gateways.end(), [&](size_t a, size_t b) { return truth(a) < truth(b); });
        excess.push_back(truth(chosen) - truth(best));
      }
    }
  }
  Score out;
  out.optimal = static_cast<double>(std::count(excess.begin(), excess.end(), 0)) / static_cast<double>(excess.size());
  out.excess_ms = std::accumulate(excess.begin(), excess.end(), 0.0) / static_cast<double>(excess.size());
  const auto p99 = excess.begin() + static_cast<std::ptrdiff_t>(excess.size() * 99 / 100);
  std::nth_element(excess.begin(), p99, excess.end());
  out.p99_ms = *p99;
  return out;
}

}  // namespace isochrone::predict
