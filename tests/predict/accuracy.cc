// How good the prediction is. Not a test; a release build.
//
//   accuracy [draws]         the table of docs/prediction.md
//   accuracy [draws] --own   the same, where a client's own region may be among the six
//   accuracy [draws] --seen  what networks that gateways see add to eight vantages
//   accuracy --pairs N MODE  measured and predicted of every path that none of N vantages stands at an end of, for
//                            tools/plot; MODE: model, or distance

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
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
