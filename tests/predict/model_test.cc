#include "predict/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "networks.h"

namespace isochrone::predict {
namespace {

std::vector<double> rtts(const std::vector<Estimate>& estimates) {
  std::vector<double> out;
  for (const Estimate& e : estimates) out.push_back(e.rtt_ms);
  return out;
}

// What every `step`th place of a network measures.
std::vector<Measured> rows_of(const Network& network, size_t step, size_t most_cells = SIZE_MAX) {
  std::vector<Measured> out;
  for (size_t v = 0; v < network.places.size(); v += step)
    for (size_t r = 0; r < network.places.size() && r < most_cells; ++r)
      if (r != v && !std::isnan(network.measured[v][r]))
        out.push_back({network.places[v], static_cast<uint32_t>(r), network.measured[v][r]});
  return out;
}

const Network& network() {
  static const Network made = cables(24, 3, 4, "cables");
  return made;
}

std::vector<size_t> order_of(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

TEST(Model, FallsBackToGeographyAndSaysSo) {
  const Network& net = network();
  // Of every place: of a few rows of nonsense chance makes sense now and then.
  std::vector<Measured> nonsense = rows_of(net, 1);
  std::mt19937 random(3);
  for (Measured& m : nonsense) m.rtt_ms = 1 + random() % 400;
  std::vector<Measured> one_place = rows_of(net, 100), absurd = rows_of(net, 3);
  for (Measured& m : absurd) m.rtt_ms = 1e9;
  struct Case {
    const char* name;
    std::vector<Measured> measured;
    Fallback fallback;
  };
  const Case cases[] = {
      {"nothing", {}, Fallback::TooFew},
      {"three figures", rows_of(net, 12, 2), Fallback::TooFew},
      {"all of it from one place", one_place, Fallback::TooFew},
      {"nothing but absurd figures", absurd, Fallback::TooFew},
      {"figures that mean nothing", nonsense, Fallback::NotBetter},
  };
  const Place client{12, 34};
  std::vector<double> by_distance;
  for (const Place& region : net.places) by_distance.push_back(distance_km(rounded(client), rounded(region)));
  for (const Case& c : cases) {
    const Model model = Model::fit(net.places, c.measured);
    EXPECT_EQ(model.report().fallback, c.fallback) << c.name;
    EXPECT_FALSE(to_text(model.report().fallback).empty()) << c.name;
    EXPECT_EQ(order_of(rtts(model.at(client).estimates())), order_of(by_distance)) << c.name;
  }
}

TEST(Model, PredictsRowsItWasNotTold) {
  const Network& net = network();
  const Model model = Model::fit(net.places, rows_of(net, 2));
  ASSERT_EQ(model.report().fallback, Fallback::None);
  EXPECT_LT(model.report().held_out_loss_ms, model.report().geography_loss_ms);
  double error = 0, geography = 0, outside = 0, cells = 0;
  for (size_t client = 1; client < net.places.size(); client += 2) {
    const auto estimates = model.at(net.places[client]).estimates();
    for (size_t r = 0; r < net.places.size(); ++r) {
      if (r == client) continue;
      const double off = std::abs(estimates[r].rtt_ms - net.truth[client][r]);
      error += off;
      geography += std::abs(geographic_rtt_ms(distance_km(net.places[client], net.places[r])) - net.truth[client][r]);
      outside += off > 3 * estimates[r].sd_ms, ++cells;
    }
  }
  EXPECT_LT(error, geography / 2);
  EXPECT_LT(outside / cells, 0.05) << "it knows how little it knows";
}

TEST(Model, EqualInputsInAnyOrderGiveEqualPredictions) {
  const Network& net = network();
  std::vector<Measured> measured = rows_of(net, 3);
  const Model model = Model::fit(net.places, measured);
  std::shuffle(measured.begin(), measured.end(), std::mt19937(1));
  const Model other = Model::fit(net.places, measured);
  EXPECT_EQ(rtts(model.at({20, 30}).estimates()), rtts(other.at({20, 30}).estimates()));
}

TEST(Model, KnownCellsTellTheOthers) {
  const Network& net = network();
  const Model model = Model::fit(net.places, rows_of(net, 3));
  const Row row = model.at(net.places[1]);
  const auto before = row.estimates();
  // Twice as slow as predicted to one region: then to its neighbours too, and they are surer.
  const uint32_t region = 5;
  const auto after = row.estimates(std::vector<Known>{{region, before[region].rtt_ms * 2}});
  EXPECT_EQ(after[region].rtt_ms, before[region].rtt_ms * 2);
  EXPECT_EQ(after[region].sd_ms, 0);
  size_t nearest = 0;
  for (size_t r = 0; r < net.places.size(); ++r)
    if (r != region && r != 1 && (nearest == 0 || chord_km(net.places[r], net.places[region]) < chord_km(net.places[nearest], net.places[region])))
      nearest = r;
  EXPECT_GT(after[nearest].rtt_ms, before[nearest].rtt_ms * 1.05);
  EXPECT_LT(after[nearest].sd_ms / after[nearest].rtt_ms, before[nearest].sd_ms / before[nearest].rtt_ms);
  // Absurd cells, and regions that are not there, change nothing.
  const auto ignored = row.estimates(std::vector<Known>{{region, 0}, {region, std::nan("")}, {999, 20}});
  EXPECT_EQ(rtts(ignored), rtts(before));
}

// A client in Tokyo's tables whose place says that it is in Bremen.
TEST(Model, AClientThatIsQuickerThanLightIsElsewhere) {
  const std::vector<Place> regions{{35.7, 139.8}, {53.1, 8.8}};
  const Model model = Model::fit(regions, {});
  const Row row = model.at({53.1, 8.8});
  EXPECT_TRUE(row.can_have({}));
  EXPECT_TRUE(row.can_have(std::vector<Known>{{0, 230}, {1, 0.3}}));
  EXPECT_TRUE(row.can_have(std::vector<Known>{{0, 0}, {9, 1}})) << "absurd cells say nothing";
  EXPECT_FALSE(row.can_have(std::vector<Known>{{1, 240}, {0, 3}}));
}

// One vantage in eight tells lies of a region: the others are not led astray.
TEST(Model, AWrongColumnHarmsLittle) {
  const Network& net = network();
  std::vector<Measured> measured = rows_of(net, 3);
  const auto clean = Model::fit(net.places, measured).at({20, 30}).estimates();
  for (Measured& m : measured)
    if (m.region == 7 && m.from == net.places[0]) m.rtt_ms /= 20;
  const auto lied = Model::fit(net.places, measured).at({20, 30}).estimates();
  for (size_t r = 0; r < clean.size(); ++r) EXPECT_NEAR(lied[r].rtt_ms, clean[r].rtt_ms, 0.25 * clean[r].rtt_ms) << r;
}

TEST(Model, AThousandRowsAreBounded) {
  std::vector<Place> regions;
  for (int i = 0; i < 20; ++i) regions.push_back({-50.0 + i * 5, -170.0 + (i * 97) % 340});
  std::vector<Measured> measured;
  for (int i = 0; i < 1000; ++i)
    for (uint32_t r = 0; r < regions.size(); ++r) {
      const Place from{-60 + (i * 37) % 120 + 0.5, -180 + (i * 61) % 360 + 0.5};
      measured.push_back({from, r, geographic_rtt_ms(distance_km(from, regions[r])) * (1 + 0.02 * ((i + static_cast<int>(r)) % 5))});
    }
  const Model model = Model::fit(regions, measured, {}, {.max_observations = 200, .max_learning = 60});
  EXPECT_LE(model.report().observations, 200u);
  EXPECT_GT(model.report().offered, 5000u);
  EXPECT_EQ(model.report().fallback, Fallback::None);
}

}  // namespace
}  // namespace isochrone::predict
