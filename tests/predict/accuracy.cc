// How good the prediction is. Not a test; a release build.
//
//   accuracy [draws]         the table of docs/prediction.md
//   accuracy [draws] --own   the same, where a client's own region may be among the six
//   accuracy [draws] --seen  what networks that gateways see add to eight vantages
//   accuracy --fit           what a fit costs, and a row predicted by it
//   accuracy --pairs N MODE  measured and predicted of every path that none of N vantages stands at an end of, for
//                            tools/plot; MODE: model, or distance

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "networks.h"
#include "predict/model.h"

using namespace isochrone::predict;

namespace {

void print(const Network& network, Method method, const char* name, int draws, bool own_region) {
  std::string line = fmt::format("{:<22} {:<17}", network.name, name);
  for (const auto& [vantages, known] : {std::pair{8, 0}, {20, 0}, {8, 2}, {8, 4}}) {
    const Score s = score(network, method, {.vantages = vantages, .known = known, .draws = draws, .seed = 7, .own_region = own_region});
    line += fmt::format("  {:5.1f} {:6.2f} {:6.1f}", s.optimal * 100, s.excess_ms, s.p99_ms);
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_seen(const Network& network, int draws) {
  for (const int places : {10, 20})
    for (const auto& [name, seen] : {std::pair{"not told", Seen{places, 20, 1, false}}, {"told", Seen{places}}, {"told, 200 ms of access", Seen{places, 200}},
                                     {"one region lies low", Seen{places, 20, 0.05}}, {"one region lies high", Seen{places, 20, 20}}}) {
      const Score s = score(network, Method::Model, {.draws = draws, .seed = 7, .seen = seen});
      fmt::print("{:<22} {:2} networks, {:<23} {:5.1f} {:6.2f} {:6.1f}\n", network.name, places, name, s.optimal * 100, s.excess_ms, s.p99_ms);
      std::fflush(stdout);
    }
}

// CPU; the least of three turns.
double seconds_of(auto&& work) {
  std::clock_t least = 0;
  for (int turn = 0; turn < 3; ++turn) {
    const std::clock_t begin = std::clock();
    work();
    const std::clock_t took = std::clock() - begin;
    least = turn == 0 ? took : std::min(least, took);
  }
  return static_cast<double>(least) / CLOCKS_PER_SEC;
}

// 60 regions, the first of 200 places; vantages at others, and networks at the last forty, which eight gateways see.
void print_fit(size_t vantages, bool with_networks) {
  const Network world = cables(200, 3, 4, "");
  const std::vector<Place> regions(world.places.begin(), world.places.begin() + 60);
  std::vector<Measured> measured;
  for (size_t v = 60; v < 60 + vantages; ++v)
    for (uint32_t r = 0; r < 60; ++r) measured.push_back({world.places[v], r, world.measured[v][r]});
  std::vector<ClientNetwork> networks;
  for (size_t place = 160; with_networks && place < 200; ++place) {
    networks.push_back({world.places[place], {}});
    for (uint32_t r = 0; r < 8; ++r) networks.back().cells.push_back({r, world.measured[place][r] + 20});
  }
  Model model(regions);
  const double fit = seconds_of([&] { model = Model::fit(regions, measured, networks); });
  constexpr int kRows = 100;
  const double rows = seconds_of([&] {
    for (int i = 0; i < kRows; ++i) model.at({-60 + i * 1.2, i * 3.5 - 170}).estimates();
  });
  fmt::print("{:3} vantages x 60 regions: {:3} pairs measured, {:3} of networks: {:.2f} s; a row {:.1f} ms\n", vantages, model.report().observations,
             model.report().network_pairs, fit, rows * 1e3 / kRows);
}

void print_pairs(const Network& network, size_t vantages, bool by_model) {
  std::vector<Measured> measured;
  const auto measures = [&](size_t place) { return place % (network.places.size() / vantages) == 0; };
  for (size_t v = 0; v < network.places.size(); ++v)
    for (size_t r = 0; measures(v) && r < network.places.size(); ++r)
      if (v != r) measured.push_back({network.places[v], static_cast<uint32_t>(r), network.measured[v][r]});
  const Model model = by_model ? Model::fit(network.places, measured) : Model(network.places);
  for (size_t client = 0; client < network.places.size(); ++client) {
    if (measures(client)) continue;
    const auto estimates = model.at(network.places[client]).estimates();
    for (size_t r = 0; r < estimates.size(); ++r)
      if (r != client && !measures(r)) fmt::print("{:.1f} {:.1f}\n", network.truth[client][r], estimates[r].rtt_ms);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3 && std::string_view(argv[1]) == "--pairs") {
    print_pairs(azure(), static_cast<size_t>(std::atoi(argv[2])), std::string_view(argv[3]) == "model");
    return 0;
  }
  if (argc > 1 && std::string_view(argv[1]) == "--fit") {
    for (const auto& [vantages, with_networks] : {std::pair{8, false}, {20, false}, {100, false}, {100, true}}) print_fit(static_cast<size_t>(vantages), with_networks);
    return 0;
  }
  const std::string_view mode = argc > 2 ? argv[2] : "";
  const int draws = argc > 1 ? std::atoi(argv[1]) : 10;
  std::vector<Network> networks;
  const Network clean = azure();
  if (!clean.places.empty()) {
    networks.push_back(clean);
    networks.push_back(with_noise(clean, {.jitter = 0.1}, 1, "azure, jitter 10 %"));
    networks.push_back(with_noise(clean, {.jitter = 0.05, .access_ms = 8, .asymmetry_ms = 4, .missing = 0.2}, 2, "azure, access, gaps"));
    networks.push_back(with_noise(clean, {.wrong = 0.05}, 3, "azure, 5 % wrong"));
  }
  networks.push_back(cables(60, 3, 4, "cables, dense"));
  networks.push_back(with_noise(cables(60, 2, 5, ""), {.jitter = 0.08, .access_ms = 5, .missing = 0.1}, 6, "cables, sparse, noisy"));
  if (mode == "--seen") {
    for (const Network& network : networks) print_seen(network, draws);
    return 0;
  }
  fmt::print("{:<40}  8 vantages            20 vantages           8, 2 of 6 cells       8, 4 of 6 cells\n", "");
  for (const Network& network : networks) {
    print(network, Method::GreatCircle, "great circle", draws, mode == "--own");
    print(network, Method::InverseDistance, "inverse distance", draws, mode == "--own");
    print(network, Method::Model, "model", draws, mode == "--own");
  }
}
