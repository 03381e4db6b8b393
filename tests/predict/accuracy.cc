// How good the prediction is: `accuracy [draws]` prints the table of docs/prediction.md. Not a test; a release build.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "networks.h"
#include "predict/model.h"

using namespace isochrone::predict;

namespace {

void print(const Network& network, Method method, const char* name, int draws) {
  std::string line = fmt::format("{:<22} {:<17}", network.name, name);
  for (const auto& [vantages, known] : {std::pair{8, 0}, {20, 0}, {8, 2}, {8, 4}}) {
    const Score s = score(network, method, {.vantages = vantages, .known = known, .draws = draws, .seed = 7});
    line += fmt::format("  {:5.1f} {:6.2f} {:6.1f}", s.optimal * 100, s.excess_ms, s.p99_ms);
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
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
  fmt::print("{:<40}  8 vantages            20 vantages           8, 2 of 6 cells       8, 4 of 6 cells\n", "");
  for (const Network& network : networks) {
    print(network, Method::GreatCircle, "great circle", draws);
    print(network, Method::InverseDistance, "inverse distance", draws);
    print(network, Method::Model, "model", draws);
  }
}
