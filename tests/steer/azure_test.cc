// The goal the product stands for: with the published matrix of a large cloud as the latency table, every client region
// is given the gateway of lowest RTT, for any set of gateways.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "steer/steer.h"

namespace isochrone::steer {
namespace {

// "source,destination,rtt_ms" of every ordered pair; from the data folder beside the source tree, which a user's clone
// does not have.
std::map<std::string, std::map<std::string, double>> read_matrix() {
  const char* shared = std::getenv("ISOCHRONE_SHARED");
  std::ifstream file((shared ? std::string(shared) : SOURCE_ROOT "/../shared") + "/data/azure-inter-region-rtt.csv");
  std::map<std::string, std::map<std::string, double>> matrix;
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    const size_t first = line.find(','), second = line.find(',', first + 1);
    matrix[line.substr(0, first)][line.substr(first + 1, second - first - 1)] = std::stod(line.substr(second + 1));
  }
  for (auto& [source, row] : matrix) row.emplace(source, 0.5);
  return matrix;
}

TEST(Azure, EveryClientGetsTheLowestRtt) {
  const auto matrix = read_matrix();
  if (matrix.empty()) GTEST_SKIP() << "the matrix is not here; ISOCHRONE_SHARED names its folder";
  ASSERT_EQ(matrix.size(), 54u);

  std::vector<std::string> names;
  for (const auto& [name, row] : matrix) names.push_back(name);
  std::vector<Region> regions;
  for (const auto& name : names) regions.push_back({name});
  LatencyMapBuilder builder(static_cast<int>(names.size()));
  for (uint32_t client = 0; client < names.size(); ++client) {
    std::vector<std::pair<RegionId, Duration>> cells;
    for (size_t to = 0; to < names.size(); ++to) {
      const double ms = matrix.at(names[client]).at(names[to]);
      cells.emplace_back(static_cast<RegionId>(to), std::chrono::microseconds(static_cast<int64_t>(ms * 1000)));
    }
    builder.add_row(Prefix::make(IpAddress::v4(0xc6120000u + (client << 8)), 24), cells, 0);  // 198.18.N.0/24
  }
  Steering steering;
  steering.regions = std::make_shared<const std::vector<Region>>(regions);
  steering.map = std::move(builder).build();

  std::mt19937 random(54);
  for (int round = 0; round < 40; ++round) {
    std::vector<RegionId> all(names.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<RegionId>(i);
    std::shuffle(all.begin(), all.end(), random);
    const std::vector<RegionId> chosen(all.begin(), all.begin() + 6);
    std::vector<GatewayState> gateways;
    for (const RegionId region : chosen) {
      GatewayState gateway;
      gateway.region = region;
      gateway.addresses = {{IpAddress::v4(0xc0000200u + region), Verdict::Up}};
      gateways.push_back(gateway);
    }
    steering.pools = {make_pool({}, gateways)};
    for (uint32_t client = 0; client < names.size(); ++client) {
      const auto subnet = Prefix::make(IpAddress::v4(0xc6120000u + (client << 8)), 24);
      const Choice choice = steer(steering, 0, Family::V4, locate(steering, subnet, IpAddress::v4(1)));
      const auto& row = matrix.at(names[client]);
      double lowest = 1e9;
      for (const RegionId region : chosen) lowest = std::min(lowest, row.at(names[region]));
      ASSERT_EQ(row.at(names[choice.region]), lowest) << names[client] << " was given " << names[choice.region];
      ASSERT_EQ(choice.scope_prefix_len, 24);
    }
  }
}

}  // namespace
}  // namespace isochrone::steer
