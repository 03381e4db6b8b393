#pragma once
// What the connections of a while tell of each client network: how many samples, their median, spread and least. Of one
// observer; pure but for being handed the time. Memory is bounded: of networks, the least seen and oldest make room; of
// connections, those beyond the bound are not looked at.

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "health/observation.h"
#include "probe/tcp_diag.h"
#include "util/duration.h"

namespace isochrone::probe {

class ClientSketches {
 public:
  static constexpr size_t kMostNetworks = 20'000;      // what one report may hold; 2 MB
  static constexpr size_t kMostConnections = 500'000;  // 24 MB

  // One look at the kernel's connections: begin(), all of them, end(). A connection counts once, and again in a later
  // look only where it has news.
  void begin();
  void note(const SeenConnection& connection, Time now);
  void end();

  // What was seen since the last take; ages as of `now`.
  std::vector<health::Observation> take(Time now);

  uint64_t forgotten() const { return forgotten_; }    // networks that made room
  uint64_t not_looked_at() const { return not_looked_at_; }

 private:
  static constexpr size_t kKept = 16;                  // samples that stand for all: a median within a few per cent of ranks
  struct Sketch {
    Prefix network;
    uint32_t count = 0;
    uint32_t least_us = 0;
    Time at{};
    std::array<uint32_t, kKept> kept_us{};
  };
  struct Known {
    uint32_t news;
    uint32_t look;
  };
  void add(const Prefix& network, uint32_t rtt_us, Time now);
  void make_room();
  uint64_t draw();

  std::unordered_map<uint64_t, Known> known_;          // by cookie
  std::unordered_map<uint64_t, Sketch> sketches_;      // by the bits of the network
  uint32_t look_ = 0;
  uint64_t random_ = 0x9e3779b97f4a7c15u;
  uint64_t forgotten_ = 0, not_looked_at_ = 0;
};

}  // namespace isochrone::probe
