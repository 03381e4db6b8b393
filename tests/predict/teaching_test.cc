// What networks that gateways see add to the model, and what they cannot.

#include "predict/teaching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "networks.h"
#include "predict/model.h"

namespace isochrone::predict {
namespace {

constexpr size_t kStep = 4;  // every fourth place has a vantage

const Network& net() {
  static const Network made = cables(24, 3, 4, "cables");
  return made;
}

const std::vector<Measured>& rows() {
  static const std::vector<Measured> made = [] {
    std::vector<Measured> out;
    for (size_t v = 0; v < net().places.size(); v += kStep)
      for (size_t r = 0; r < net().places.size(); ++r)
        if (r != v) out.push_back({net().places[v], static_cast<uint32_t>(r), net().measured[v][r]});
    return out;
  }();
  return made;
}

// Every second of the other places, seen by `gateways` regions, its clients `access_ms` behind an access network.
std::vector<ClientNetwork> seen_by(size_t gateways, double access_ms) {
  std::vector<ClientNetwork> out;
  for (size_t place = 1; place < net().places.size(); place += 2) {
    if (place % kStep == 0) continue;
    ClientNetwork& network = out.emplace_back();
    network.from = net().places[place];
    for (size_t i = 0; i < gateways; ++i) {
      const size_t region = (place + 3 + 5 * i) % net().places.size();
      network.cells.push_back({static_cast<uint32_t>(region), net().truth[place][region] + access_ms});
    }
  }
  return out;
}

Model fit(const std::vector<ClientNetwork>& networks, const Options& options = {}) { return Model::fit(net().places, rows(), networks, options); }

// Of the places that neither a vantage nor a network stands at: what their regions are estimated to.
std::vector<Estimate> others(const Model& model) {
  std::vector<Estimate> out;
  for (size_t place = 2; place < net().places.size(); place += kStep)
    for (const Estimate& estimate : model.at(net().places[place]).estimates()) out.push_back(estimate);
  return out;
}

double mean_error(const Model& model) {
  double sum = 0;
  size_t count = 0;
  for (size_t place = 2; place < net().places.size(); place += kStep) {
    const auto estimates = model.at(net().places[place]).estimates();
    for (size_t r = 0; r < estimates.size(); ++r)
      if (r != place) sum += std::abs(estimates[r].rtt_ms - net().truth[place][r]), ++count;
  }
  return sum / static_cast<double>(count);
}

TEST(Teaching, TheHeightIsWhatAllOfARowHasInCommon) {
  const Eigen::VectorXd mean = Eigen::Vector3d(std::log(28), std::log(58), std::log(158));
  const Eigen::MatrixXd sure = Eigen::MatrixXd::Identity(3, 3) * 0.01;
  EXPECT_NEAR(access_height_ms({20, 50, 150}, mean, sure), 0, 0.1);
  EXPECT_NEAR(access_height_ms({35, 65, 165}, mean, sure), 15, 0.1);
  EXPECT_NEAR(access_height_ms({620, 650, 750}, mean, sure), 600, 0.5);
  EXPECT_EQ(access_height_ms({10, 30, 100}, mean, sure), 0) << "nobody's access is negative";
  EXPECT_LT(access_height_ms({5, 500, 800}, mean, sure), 5);
}

TEST(Teaching, NetworksTellTheirNeighbours) {
  const Model told = fit(seen_by(3, 20));
  ASSERT_EQ(told.report().teaching, Teaching::Taken);
  EXPECT_EQ(told.report().networks, 12u);
  EXPECT_EQ(told.report().network_pairs, 36u);
  EXPECT_LT(mean_error(told), 0.95 * mean_error(fit({})));
}

TEST(Teaching, HowSlowTheAccessNetworkIsTeachesNothing) {
  const double fast = mean_error(fit(seen_by(3, 0))), slow = mean_error(fit(seen_by(3, 300)));
  EXPECT_LT(slow, mean_error(fit({})));
  EXPECT_LT(slow, 1.2 * fast);
  // All as predicted, but for 300 ms that each way has more.
  std::vector<ClientNetwork> late = seen_by(3, 0);
  const Model alone = fit({});
  for (ClientNetwork& network : late)
    for (Known& cell : network.cells) cell.rtt_ms = alone.at(network.from).estimates()[cell.region].rtt_ms + 300;
  for (const Estimate& estimate : others(fit(late))) EXPECT_LT(std::abs(estimate.moved_ms), 0.1 * estimate.rtt_ms + 1);
}

TEST(Teaching, WhatOneGatewayAloneSeesTeachesNothing) {
  std::vector<ClientNetwork> networks = seen_by(1, 20);
  networks.front().cells.push_back(networks.front().cells.front());
  networks.front().cells.push_back({999, 20});
  networks.front().cells.push_back({2, std::nan("")});
  const Model model = fit(networks);
  EXPECT_EQ(model.report().teaching, Teaching::Nothing);
  EXPECT_EQ(model.report().networks, 0u);
  for (const Estimate& estimate : others(model)) EXPECT_EQ(estimate.moved_ms, 0);
}

TEST(Teaching, ALiarIsBoundedAndNoticed) {
  for (const double lie : {0.02, 0.5, 2.0, 50.0}) {
    std::vector<ClientNetwork> networks = seen_by(3, 20);
    size_t lies = 0;
    for (ClientNetwork& network : networks) {
      network.cells.push_back({7, std::max(kLeastRttMs, lie * 50)});
      ++lies;
    }
    ASSERT_GT(lies, 5u);
    const Model model = fit(networks, {.most_moved_ms = 10}), alone = fit({});
    const auto moved = others(model), before = others(alone);
    size_t clipped = 0;
    for (size_t i = 0; i < moved.size(); ++i) {
      EXPECT_LE(std::abs(moved[i].rtt_ms - before[i].rtt_ms), 10.001) << lie;
      clipped += moved[i].is_clipped;
    }
    EXPECT_TRUE(clipped != 0 || model.report().teaching == Teaching::NotBetter) << lie;
    for (const Estimate& estimate : others(fit(networks, {.most_moved_ms = 0}))) EXPECT_EQ(estimate.moved_ms, 0);
  }
}

TEST(Teaching, WhatMakesMeasuredRowsWorseIsLeftOut) {
  std::vector<ClientNetwork> networks;
  std::mt19937 random(2);
  for (size_t v = 0; v < net().places.size(); ++v) {
    ClientNetwork& network = networks.emplace_back();
    network.from = {net().places[v].latitude + 0.5, net().places[v].longitude};
    for (uint32_t r = 0; r < 8; ++r) network.cells.push_back({(r * 3 + static_cast<uint32_t>(v)) % 24, 1.0 + random() % 400});
  }
  const Model model = fit(networks);
  EXPECT_EQ(model.report().teaching, Teaching::NotBetter);
  EXPECT_GT(model.report().networks, 0u);
  for (const Estimate& estimate : others(model)) EXPECT_EQ(estimate.moved_ms, 0);
}

TEST(Teaching, WithoutAModelThereIsNothingToAddTo) {
  const Model model = Model::fit(net().places, {}, seen_by(3, 20));
  EXPECT_EQ(model.report().fallback, Fallback::TooFew);
  EXPECT_EQ(model.report().teaching, Teaching::Nothing);
}

TEST(Teaching, BoundedAndTheSameInAnyOrder) {
  std::vector<ClientNetwork> networks;
  for (size_t i = 0; i < 3000; ++i) {
    ClientNetwork& network = networks.emplace_back();
    network.from = {-60 + static_cast<double>(i * 37 % 120), -180 + static_cast<double>(i * 61 % 3600) / 10};
    for (uint32_t r = 0; r < 20; ++r) network.cells.push_back({r, 10 + geographic_rtt_ms(distance_km(network.from, net().places[r]))});
  }
  const Options options{.max_observations = 120, .max_learning = 60, .max_taught = 40};
  const Model model = fit(networks, options);
  EXPECT_LE(model.report().network_pairs, 40u);
  EXPECT_EQ(model.report().networks, 5u) << "of eight cells each";
  EXPECT_LE(model.report().observations, 80u);
  std::shuffle(networks.begin(), networks.end(), std::mt19937(1));
  const auto before = others(model), after = others(fit(networks, options));
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].rtt_ms, after[i].rtt_ms);
}

}  // namespace
}  // namespace isochrone::predict
