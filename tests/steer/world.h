#pragma once
// A little installation for tests of the choice: regions by letter, gateways with addresses that name them.
//
//   World world("abc");                                   // three regions
//   world.row("192.0.2.0/24", {{'a', 30ms}, {'b', 10ms}});
//   world.pool(spec, {up('a'), down('b')});
//   world.ask("192.0.2.1") == "b"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "steer/explain.h"
#include "steer/steer.h"

namespace isochrone::steer {

using Cells = std::vector<std::pair<char, Duration>>;

struct World {
  std::string letters;
  LatencyMapBuilder builder;
  Steering steering;
  std::shared_ptr<Localities> localities;

  explicit World(std::string regions) : letters(std::move(regions)), builder(static_cast<int>(letters.size())) {
    std::vector<Region> list;
    for (const char letter : letters) list.push_back({std::string(1, letter)});
    steering.regions = std::make_shared<const std::vector<Region>>(std::move(list));
  }

  RegionId id(char letter) const { return static_cast<RegionId>(letters.find(letter)); }
  char letter(RegionId id) const { return id == kNoRegion ? '-' : letters[id]; }

  std::vector<std::pair<RegionId, Duration>> cells(const Cells& cells) const {
    std::vector<std::pair<RegionId, Duration>> result;
    for (const auto& [letter, rtt] : cells) result.emplace_back(id(letter), rtt);
    return result;
  }
  World& row(std::string_view prefix, const Cells& c, int table = 0) {
    builder.add_row(*Prefix::parse(prefix), cells(c), table);
    return *this;
  }
  World& cover(std::string_view prefix, VantageId vantage) {
    builder.add_cover(*Prefix::parse(prefix), vantage);
    return *this;
  }
  // Clients of this prefix are in a country, or at a position, or both; ways from there to the regions in kilometres.
  World& in(std::string_view prefix, std::string_view country, const std::vector<std::pair<char, double>>& km = {}) {
    if (!localities) localities = std::make_shared<Localities>();
    localities->regions = letters.size();
    Locality at;
    if (!country.empty()) at.country = {country[0], country[1]};
    at.located = !km.empty();
    localities->distance.resize((localities->list.size() + 1) * letters.size(), Localities::kNowhere);
    for (const auto& [letter, way] : km)
      localities->distance[localities->list.size() * letters.size() + id(letter)] = static_cast<uint16_t>(way / Localities::kStepKm);
    Surroundings around;
    around.locality = static_cast<LocalityId>(localities->list.size());
    localities->list.push_back(at);
    builder.add_surroundings(*Prefix::parse(prefix), around);
    steering.localities = localities;
    return *this;
  }
  std::shared_ptr<const LiveRow> live(const Cells& c) const {
    auto row = std::make_shared<LiveRow>();
    for (const auto& [letter, rtt] : c) row->order.push_back(id(letter)), row->held.push_back(Held::from(rtt));
    return row;
  }
  // What a vantage measured, both families alike.
  World& measured(VantageId vantage, const Cells& c) {
    for (LiveRows* rows : {&steering.rows_v4, &steering.rows_v6}) {
      if (rows->by_vantage.size() <= vantage) rows->by_vantage.resize(vantage + 1u);
      rows->by_vantage[vantage] = live(c);
    }
    return *this;
  }
  World& median(const Cells& c) {
    steering.rows_v4.median = steering.rows_v6.median = live(c);
    return *this;
  }
  // Another region is about to move in front of one in this vantage's order; kNoVantage: in the median's.
  World& swapping(VantageId vantage, char front, char who) {
    auto swaps = std::make_shared<Swaps>();
    if (vantage != kNoVantage) swaps->by_vantage.resize(vantage + 1u);
    const std::array pairs{std::pair(id(front), id(who))};
    (vantage == kNoVantage ? swaps->median : swaps->by_vantage[vantage]).set(pairs);
    steering.rows_v4.swaps = steering.rows_v6.swaps = swaps;
    return *this;
  }
  World& build() {
    steering.map = std::move(builder).build(0, true);
    return *this;
  }
  // Replaces the one pool.
  World& pool(const PoolSpec& spec, std::vector<GatewayState> gateways) {
    if (!steering.map) build();
    steering.pools = {make_pool(spec, std::move(gateways))};
    return *this;
  }

  // 192.0.2.N and 2001:db8::N, N the region's number plus 1.
  GatewayState gateway(char letter, Verdict verdict = Verdict::Up) const {
    GatewayState gateway;
    gateway.region = id(letter);
    const auto n = static_cast<uint8_t>(gateway.region + 1);
    IpAddress v6 = *IpAddress::parse("2001:db8::");
    v6.octets[15] = n;
    gateway.addresses = {{IpAddress::v4(0xc0000200u + n), verdict}, {v6, verdict}};
    return gateway;
  }
  // A pool as a gateway of another: numbered behind the regions.
  GatewayState nest(int number, std::string name, const PoolSpec& spec, std::vector<GatewayState> gateways, uint16_t min_healthy = 1) const {
    GatewayState gateway;
    gateway.region = static_cast<RegionId>(letters.size() + static_cast<size_t>(number));
    gateway.name = std::move(name);
    gateway.nested = make_pool(spec, std::move(gateways));
    gateway.min_healthy_v4 = gateway.min_healthy_v6 = min_healthy;
    return gateway;
  }
  // A name: "N.names.test.", N the letter.
  GatewayState named(char letter, Verdict verdict = Verdict::Up) const {
    GatewayState gateway;
    gateway.region = id(letter);
    AddressState& only = gateway.addresses.emplace_back();
    only.quorum = verdict;
    only.name = std::make_shared<const wire::Name>(*wire::Name::parse(std::string(1, letter) + ".names.test."));
    return gateway;
  }
  GatewayState up(char letter) const { return gateway(letter); }
  GatewayState down(char letter) const { return gateway(letter, Verdict::Down); }
  GatewayState unknown(char letter) const { return gateway(letter, Verdict::Unknown); }

  Choice choose(std::string_view subnet, Family family = Family::V4, std::string_view resolver = "203.0.113.53") const {
    const auto prefix = subnet.empty() ? std::nullopt : Prefix::parse(subnet);
    return steer(steering, 0, family, locate(steering, prefix, *IpAddress::parse(resolver)));
  }
  Explanation explained(std::string_view subnet, Family family = Family::V4) const {
    return explain(steering, 0, family, locate(steering, Prefix::parse(subnet), *IpAddress::parse("203.0.113.53")));
  }
  char region(std::string_view subnet, Family family = Family::V4) const { return letter(choose(subnet, family).region); }
  int scope(std::string_view subnet, Family family = Family::V4) const { return choose(subnet, family).scope_prefix_len; }
};

}  // namespace isochrone::steer
