// What a large table costs, and what networks that gateways observe cost beside it: building the map, memory, one row
// changed, the choice.
//
//   meson setup --buildtype=release R && ninja -C R tests/health/ledger_bench && R/tests/health/ledger_bench [prefixes [networks]]

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "health/ledger.h"
#include "steer/steer.h"

using namespace isochrone;
using namespace isochrone::health;
using steer::RegionId;

namespace {

constexpr RegionId kRegions = 60;
constexpr size_t kGateways = Ledger::kMostCells / Ledger::kMostNetworks;  // that see each network

// Of CPU: all of it is one thread's work.
double seconds_of(auto&& work) {
  const auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
  };
  const double begin = now();
  work();
  return now() - begin;
}

// "VmRSS" or "VmHWM", its peak; MiB.
double memory_mib(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == which + ":") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

void tell(const char* what, double seconds) {
  std::printf("%-62s %8.3f s, process %6.1f MiB, peak %6.1f\n", what, seconds, memory_mib("VmRSS"), memory_mib("VmHWM"));
  std::fflush(stdout);
}

// Every number below 2^24 once, in no order.
Prefix network(size_t i) { return Prefix::make(IpAddress::v4(static_cast<uint32_t>(i * 2654435761u) << 8), 24); }

Duration rtt(size_t network, size_t region, uint32_t turn = 0) {
  const uint32_t mixed = (static_cast<uint32_t>(network) * 2246822519u + static_cast<uint32_t>(region) * 3266489917u + turn * 668265263u) * 374761393u;
  return std::chrono::microseconds(5000 + (mixed >> 12) % 250'000);
}

std::shared_ptr<const steer::LatencyMap> build(size_t prefixes) {
  steer::LatencyMapBuilder builder(kRegions);
  std::vector<std::pair<RegionId, Duration>> cells(kRegions);
  for (size_t i = 0; i < prefixes; ++i) {
    for (RegionId r = 0; r < kRegions; ++r) cells[r] = {r, rtt(i, r)};
    builder.add_row(network(i), cells, 0);
  }
  return std::move(builder).build(0, true);
}

// As a gateway in each of these regions reports them.
void observe(Ledger& ledger, size_t prefixes, size_t networks, Time now) {
  for (size_t g = 0; g < kGateways; ++g) {
    const auto region = static_cast<RegionId>(g * (kRegions / kGateways));
    std::vector<Observation> report;
    for (size_t i = 0; i < networks; ++i) {
      const size_t at = i * (prefixes / networks);
      report.push_back({network(at), 100, rtt(at, region) + rtt(at, g, 1) / 10, 1ms, 1ms, 0s});
    }
    ledger.take(region, report, now);
  }
}

// In turns, as a node does.
void settle(Ledger& ledger, steer::Steering& steering, Time now) {
  while (ledger.unsettled() != 0) {
    Ledger::Rows rows = ledger.settle(steering, 4000, now, 1'000'000);
    steering.rows_v4.observed = steer::Observed::with(steering.rows_v4.observed.get(), std::move(rows[0]));
    steering.rows_v6.observed = steer::Observed::with(steering.rows_v6.observed.get(), std::move(rows[1]), steering.rows_v4.observed.get());
  }
}

void measure_one_row(Ledger& ledger, steer::Steering& steering, size_t prefixes, size_t networks, Time now) {
  std::vector<double> took;
  for (uint32_t turn = 1; turn <= 1000; ++turn) {
    const size_t at = turn * 7919 % networks * (prefixes / networks);
    const Observation seen{network(at), 1000, rtt(at, 0, turn), 1ms, 1ms, 0s};
    took.push_back(seconds_of([&] {
      ledger.take(0, {&seen, 1}, now);
      settle(ledger, steering, now);
    }));
  }
  std::sort(took.begin(), took.end());
  std::printf("one observed row changed: %.3f ms, worst of 1,000 %.3f ms\n", took[took.size() / 2] * 1e3, took.back() * 1e3);
}

void measure_choice(const char* what, const steer::Steering& steering, size_t prefixes) {
  constexpr size_t kClients = 1 << 18;
  const IpAddress resolver = IpAddress::v4(0xcb007135);
  double best = 1e9;
  uintptr_t sum = 0;
  for (int turn = 0; turn < 7; ++turn)
    best = std::min(best, seconds_of([&] {
      for (size_t i = 0; i < kClients; ++i) {
        const Prefix client = network(i * 977 % prefixes);
        sum += reinterpret_cast<uintptr_t>(steer::steer(steering, 0, Family::V4, locate(steering, client, resolver)).answer);
      }
    }));
  std::printf("locate and steer, %s: %.0f ns  (%d)\n", what, best * 1e9 / kClients, static_cast<int>(sum & 1));
}

}  // namespace

int main(int argc, char** argv) {
  const size_t prefixes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
  const size_t networks = std::min({argc > 2 ? std::strtoul(argv[2], nullptr, 10) : Ledger::kMostNetworks, Ledger::kMostNetworks, prefixes});
  if (networks == 0) return 2;
  mallopt(M_MMAP_THRESHOLD, 1 << 20);  // as `serve` does, so that what is freed is given back
  const Time now = Time(std::chrono::hours(100));
  steer::Steering steering;
  std::vector<steer::Region> regions;
  for (int r = 0; r < kRegions; ++r) regions.push_back({"region" + std::to_string(r)});
  steering.regions = std::make_shared<const std::vector<steer::Region>>(regions);
  std::vector<steer::GatewayState> gateways;
  for (RegionId r = 0; r < kRegions; r += 10) {
    steer::GatewayState& gateway = gateways.emplace_back();
    gateway.region = r;
    gateway.addresses = {{IpAddress::v4(0xc0000200u + r), steer::Verdict::Up}};
  }
  steering.pools = {steer::make_pool({}, gateways)};

  std::printf("%zu prefixes of %d regions; %zu networks observed by %zu gateways each\n", prefixes, kRegions, networks, kGateways);
  std::shared_ptr<const steer::LatencyMap> base;
  tell("map built from values", seconds_of([&] { base = build(prefixes); }));
  steering.map = base;
  measure_choice("table alone", steering, prefixes);

  Ledger ledger;
  ledger.configure(regions, {.margin = 0ms, .dwell = 0s});
  tell("reports of all networks taken", seconds_of([&] { observe(ledger, prefixes, networks, now); }));
  Ledger::Networks woven;
  tell("map woven with them (in the thread pool)", seconds_of([&] {
    woven = ledger.networks();
    steering.map = steer::with_observed(*base, woven.list);
  }));
  woven.list = {};
  ledger.woven(woven.number);
  tell("all rows settled", seconds_of([&] { settle(ledger, steering, now); }));
  measure_one_row(ledger, steering, prefixes, networks, now);
  measure_choice("with observed rows", steering, prefixes);
  std::printf("map: %.1f MiB, of which rows %.1f, prefixes %.1f\n", static_cast<double>(steering.map->memory()) / 1048576,
              static_cast<double>(steering.map->rows().memory()) / 1048576, static_cast<double>(steering.map->blocks().memory()) / 1048576);
}
