// What the answer path costs without the kernel: nanoseconds a query, the least of many rounds, in batches as a UDP worker answers them.
//
//   ninja tests/answer/answer_bench && tests/answer/answer_bench [ROUNDS [CASE]]     400 of each case

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "../steer/world.h"
#include "ask.h"

namespace isochrone::answer {
namespace {

constexpr size_t kBatch = 64, kQueries = 64 * 64;
constexpr int kNames = 1000, kRows = 100'000;

struct Bench {
  World world;
  steer::World places{"abcdef"};
  std::vector<Octets> queries;

  Bench() {
    std::string text = "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60\n@ 3600 IN NS ns1\nns1 300 IN A 192.0.2.253\n";
    for (int i = 0; i < kNames; ++i) text += fmt::format("host{0} 300 IN A 198.51.{1}.{0}\n", i % 256, i / 256);
    for (int i = 0; i < kNames; ++i) text += fmt::format("name-{} 300 IN A 192.0.2.{}\n", i, i % 256);
    std::vector<std::string> services;
    places.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
    std::mt19937 random(7);
    for (int i = 0; i < kRows; ++i) {
      const uint32_t net = random();
      steer::Cells cells;
      for (char c = 'a'; c <= 'f'; ++c) cells.emplace_back(c, std::chrono::milliseconds(5 + random() % 200));
      places.row(fmt::format("{}.{}.{}.0/24", 1 + net % 220, net >> 8 & 255, net >> 16 & 255), cells);
    }
    world.zone("example.", text, {{"svc.example.", 0}, {"*.any.example.", 0}});
    steer::PoolSpec spec;
    spec.name = "example/svc";
    places.pool(spec, {places.up('a'), places.up('b'), places.up('c'), places.up('d'), places.up('e'), places.up('f')});
    world.snapshot.steering = places.steering;
    world.snapshot.slots = world.table.assign(places.steering.pools, *places.steering.regions);
  }

  double nanoseconds(int rounds) {
    struct Waiting {
      wire::Query query;
      wire::Parsed parsed;
      Asker asker;
      Ahead ahead;
    };
    static std::array<Waiting, kBatch> waiting;
    static std::array<std::array<uint8_t, 2112>, kBatch> in;
    static std::array<std::array<uint8_t, kMaxUdpAnswer>, kBatch> out;
    const IpAddress from = IpAddress::parse("203.0.113.53").value();
    double least = 1e9;
    for (int round = 0; round < rounds; ++round) {
      std::chrono::nanoseconds spent{};
      for (size_t begin = 0; begin + kBatch <= queries.size(); begin += kBatch) {
        for (size_t i = 0; i < kBatch; ++i) std::ranges::copy(queries[begin + i], in[i].begin());
        const auto started = std::chrono::steady_clock::now();
        for (size_t i = 0; i < kBatch; ++i) {
          waiting[i].asker = {from, false, 1'700'000'000};
          waiting[i].parsed = wire::parse_query(std::span(in[i]).first(queries[begin + i].size()), waiting[i].query);
        }
        for (Waiting& w : waiting) w.ahead.begin(w.query, w.parsed, world.snapshot);
        for (Waiting& w : waiting) w.ahead.ask_for_block(world.snapshot);
        for (Waiting& w : waiting) w.ahead.ask_for_source(w.query, world.snapshot, w.asker);
        for (Waiting& w : waiting) w.ahead.ask_for_row(world.snapshot);
        for (size_t i = 0; i < kBatch; ++i) {
          Waiting& w = waiting[i];
          respond(w.query, w.parsed, world.snapshot, w.asker, out[i], *world.counters, w.ahead.client());
        }
        spent += std::chrono::steady_clock::now() - started;
      }
      least = std::min(least, static_cast<double>(spent.count()) / static_cast<double>(queries.size()));
    }
    return least;
  }
};

}  // namespace
}  // namespace isochrone::answer

int main(int argc, char** argv) {
  using namespace isochrone::answer;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 400;
  Bench bench;
  std::mt19937 random(1);
  const auto measure = [&](std::string_view what, auto make) {
    if (argc > 2 && what != argv[2]) return;
    bench.queries.clear();
    for (size_t i = 0; i < kQueries; ++i) bench.queries.push_back(query_octets(make(random())));
    fmt::print("{:44} {:6.1f} ns\n", what, bench.nanoseconds(rounds));
  };
  measure("static A", [](uint32_t r) { return Ask{.name = fmt::format("name-{}.example.", r % kNames)}; });
  measure("static A, EDNS", [](uint32_t r) { return Ask{.name = fmt::format("name-{}.example.", r % kNames), .payload = 1232}; });
  measure("steered A", [](uint32_t) { return Ask{.name = "svc.example."}; });
  measure("steered A, EDNS", [](uint32_t) { return Ask{.name = "svc.example.", .payload = 1232}; });
  measure("steered A, client subnets over 100,000 rows", [](uint32_t r) {
    return Ask{.name = "svc.example.", .payload = 1232,
               .options = ecs(fmt::format("{}.{}.{}.0/24", 1 + r % 220, r >> 8 & 255, r >> 16 & 255))};
  });
  measure("NXDOMAIN", [](uint32_t r) { return Ask{.name = fmt::format("nobody-{}.example.", r)}; });
  measure("NXDOMAIN, EDNS", [](uint32_t r) { return Ask{.name = fmt::format("nobody-{}.example.", r), .payload = 1232}; });
}
