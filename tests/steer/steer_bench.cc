// What the choice costs: finding a prefix, locating a client, steering it; memory and build time of the map.
//
//   meson setup --buildtype=release R && ninja -C R tests/steer/steer_bench && R/tests/steer/steer_bench [prefixes…]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "scope_checker.h"
#include "steer/scopes.h"
#include "steer/steer.h"
#include "util/prefix_map.h"

using namespace isochrone;
using namespace isochrone::steer;

namespace {

constexpr int kRegions = 6;
constexpr size_t kCovered = 1000;  // networks of a vantage

double seconds_of(auto&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The least of several turns, in ns each: the one that was disturbed least.
double ns_each(size_t count, auto&& one) {
  double best = 1e9;
  for (int turn = 0; turn < 7; ++turn)
    best = std::min(best, seconds_of([&] { for (size_t i = 0; i < count; ++i) one(i); }) * 1e9 / static_cast<double>(count));
  return best;
}

std::vector<Prefix> random_prefixes(std::mt19937& random, Family family, size_t count) {
  std::vector<Prefix> prefixes;
  while (prefixes.size() < count) {
    for (size_t i = prefixes.size(); i < count; ++i) {
      IpAddress address{family, {}};
      for (auto& octet : address.octets) octet = static_cast<uint8_t>(random());
      if (family == Family::V4) address = IpAddress::v4(address.v4_value());
      else address.octets[0] = static_cast<uint8_t>(0x20 | address.octets[0] % 32);
      prefixes.push_back(Prefix::make(address, family == Family::V4 ? 24 : 48));
    }
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  }
  std::shuffle(prefixes.begin(), prefixes.end(), random);
  return prefixes;
}

std::vector<IpAddress> clients_of(std::mt19937& random, const std::vector<Prefix>& prefixes) {
  std::vector<IpAddress> clients(1 << 18);
  for (auto& client : clients) {
    client = prefixes[random() % prefixes.size()].address;
    client.octets[client.family == Family::V4 ? 3 : 7] = static_cast<uint8_t>(random());
  }
  return clients;
}

void measure_prefix_map(std::mt19937& random, Family family, size_t count) {
  const auto prefixes = random_prefixes(random, family, count);
  std::vector<std::pair<Prefix, uint32_t>> entries;
  for (uint32_t i = 0; i < prefixes.size(); ++i) entries.emplace_back(prefixes[i], i);
  PrefixMap map;
  const double build = seconds_of([&] { map = PrefixMap(entries); });
  const auto clients = clients_of(random, prefixes);
  uint32_t sum = 0;
  const double find = ns_each(clients.size(), [&](size_t i) { sum += map.find(clients[i]).value; });
  std::printf("prefix map   %8zu of IPv%d: built in %.2f s, %.1f MB, find %.1f ns  (%u)\n", count,
              static_cast<int>(family), build, static_cast<double>(map.memory()) / 1e6, find, sum);
}

GatewayState gateway(RegionId region, bool v6) {
  GatewayState result;
  result.region = region;
  result.addresses = {{IpAddress::v4(0xc0000200u + region), Verdict::Up}};
  if (v6) {
    IpAddress address = *IpAddress::parse("2001:db8::");
    address.octets[15] = region;
    result.addresses.push_back({address, Verdict::Up});
  }
  return result;
}

std::shared_ptr<const LiveRow> row_with_first(RegionId first) {
  auto row = std::make_shared<LiveRow>();
  for (RegionId r = 0; r < kRegions; ++r) {
    row->order.push_back(static_cast<RegionId>((first + r) % kRegions));
    row->held.push_back(Held::from(std::chrono::milliseconds(10 + r)));
  }
  return row;
}

// What a vantage of a thousand networks measures moves: first it is told anew, then another region is first.
void measure_moved_rows(Steering& steering) {
  std::shared_ptr<const Scopes> last = std::exchange(steering.scopes, nullptr);
  for (const RegionId first : {0, 0, 1, 2}) {
    steering.rows_v4.by_vantage = steering.rows_v6.by_vantage = {row_with_first(first)};
    const double took = seconds_of([&] { last = merge_scopes(steering, last.get()); });
    std::printf("  a row has moved: scopes merged in %.1f ms, %zu tables of %zu whole\n", took * 1e3, last->tables_merged_whole(), last->tables());
  }
  steering.scopes = last;
}

// The merge, and its proof by enumeration.
void measure_scopes(Steering& steering, const std::vector<IpAddress>& addresses) {
  const IpAddress resolver = IpAddress::v4(0xcb007135);
  const double took = seconds_of([&] { steering.scopes = merge_scopes(steering); });
  uintptr_t sum = 0;
  const double both = ns_each(addresses.size(), [&](size_t i) {
    sum += steer::steer(steering, 0, Family::V4, locate(steering, Prefix{addresses[i], 24}, resolver)).scope_prefix_len;
  });
  std::printf("  scopes merged in %.0f ms for %zu pools, %.2f MB; locate and steer with them %.1f ns (%d)\n", took * 1e3,
              steering.pools.size(), static_cast<double>(steering.scopes->memory()) / 1e6, both, static_cast<int>(sum & 1));
  measure_moved_rows(steering);
  for (zone::PoolId pool = 0; pool < steering.pools.size(); ++pool) {
    const ScopeFaults found = ScopeChecker(steering, pool, Family::V4).check();
    std::printf("  pool %u: %zu blocks in %zu scopes, %zu of them merged; %zu untrue, %zu overlapping, %zu not the widest\n", pool,
                found.blocks, found.scopes, found.merged, found.untrue, found.overlapping, found.not_widest);
  }
}

void measure_choice(std::mt19937& random, size_t count) {
  const auto prefixes = random_prefixes(random, Family::V4, count);
  LatencyMapBuilder builder(kRegions);
  std::shared_ptr<const LatencyMap> map;
  const double build = seconds_of([&] {
    std::vector<std::pair<RegionId, Duration>> cells(kRegions);
    for (const Prefix& prefix : prefixes) {
      for (RegionId r = 0; r < kRegions; ++r) cells[r] = {r, std::chrono::microseconds(random() % 300'000)};
      builder.add_row(prefix, cells, 0);
    }
    for (size_t i = 0; i < kCovered; ++i) builder.add_cover(prefixes[i * (count / kCovered)], 0);
    map = std::move(builder).build();
  });
  std::printf("latency map  %8zu rows of %d: built in %.2f s, %.1f MB (prefixes %.1f, rows %.1f)\n", count, kRegions, build,
              static_cast<double>(map->memory()) / 1e6, static_cast<double>(map->blocks().memory()) / 1e6,
              static_cast<double>(map->rows().memory()) / 1e6);

  std::vector<Region> regions;
  for (int i = 0; i < kRegions; ++i) regions.push_back({"region" + std::to_string(i)});
  Steering steering;
  steering.regions = std::make_shared<const std::vector<Region>>(regions);
  steering.map = map;
  steering.rows_v4.by_vantage = steering.rows_v6.by_vantage = {row_with_first(0)};
  PoolSpec spec, tolerant;
  tolerant.tolerance = 500ms;
  std::vector<GatewayState> gateways;
  for (RegionId r = 0; r < 4; ++r) gateways.push_back(gateway(r, true));
  steering.pools = {make_pool(spec, gateways), make_pool(tolerant, gateways)};

  const auto addresses = clients_of(random, prefixes);
  const IpAddress resolver = IpAddress::v4(0xcb007135);
  std::vector<Client> clients;
  for (const auto& address : addresses) clients.push_back(locate(steering, Prefix::make(address, 24), resolver));
  uintptr_t sum = 0;
  const auto use = [&](const Choice& c) { sum += reinterpret_cast<uintptr_t>(c.answer) + c.scope_prefix_len; };
  const double located = ns_each(clients.size(), [&](size_t i) { sum += locate(steering, Prefix{addresses[i], 24}, resolver).block.len; });
  const double cold = ns_each(clients.size(), [&](size_t i) { use(steer::steer(steering, 0, Family::V4, clients[i])); });
  const double warm = ns_each(clients.size(), [&](size_t i) { use(steer::steer(steering, 0, Family::V4, clients[i & 255])); });
  const double weighed = ns_each(clients.size(), [&](size_t i) { use(steer::steer(steering, 1, Family::V4, clients[i & 255])); });
  const double both = ns_each(clients.size(), [&](size_t i) {
    use(steer::steer(steering, 0, Family::V4, locate(steering, Prefix{addresses[i], 24}, resolver)));
  });
  std::printf("  locate %.1f ns; steer %.1f ns with its row in cache, %.1f ns over all rows, %.1f ns by weight of 4; "
              "locate and steer %.1f ns  (%d)\n", located, warm, cold, weighed, both, static_cast<int>(sum & 1));
  measure_scopes(steering, addresses);
}

void measure_pools() {
  std::vector<GatewayState> gateways;
  for (RegionId r = 0; r < 4; ++r) gateways.push_back(gateway(r, true));
  const double ns = ns_each(1000, [&](size_t) { make_pool({}, gateways); });
  gateways[0].addresses[0].dissent = {{3, Verdict::Down}, {7, Verdict::Down}};
  const double dissent = ns_each(1000, [&](size_t) { make_pool({}, gateways); });
  std::printf("pools        1,000 of 4 regions, both families: made in %.2f ms (%.2f µs each; %.2f µs with dissent)\n",
              ns / 1e3, ns / 1e3, dissent / 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(20260730);
  std::vector<size_t> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::strtoul(argv[i], nullptr, 10));
  if (counts.empty()) counts = {100'000, 1'000'000};
  for (const size_t count : counts) measure_prefix_map(random, Family::V4, count);
  measure_prefix_map(random, Family::V6, 100'000);
  for (const size_t count : counts) measure_choice(random, count);
  measure_pools();
}
