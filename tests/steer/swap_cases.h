#pragma once
// Two regions that are about to swap in one row: whether a client's TTL is lowered for it, in pools of every kind.

#include <vector>

#include "world.h"

namespace isochrone::steer {

struct SwapCase {
  const char* story;
  PoolSpec spec;
  const char* gateways;
  VantageId vantage;   // whose row; kNoVantage: the median's
  const char* swap;    // front, who
  const char* client;
  bool lowered;
};

// Each of a client of that row.
inline std::vector<SwapCase> swap_cases() {
  PoolSpec latency, tolerant, equal, weighted, priority, short_lived;
  tolerant.tolerance = 5ms;
  equal.tolerance = 50ms;
  weighted.routing = Routing::Weighted;
  priority.routing = Routing::Priority;
  short_lived.ttl = 5;
  return {
      {"its vantage's", latency, "abc", 0, "ab", "198.51.100.0/24", true},
      {"the median's", latency, "abc", kNoVantage, "ab", "8.8.8.0/24", true},
      {"among those behind", latency, "abc", 0, "bc", "198.51.100.0/24", false},
      {"by a region that the pool has not", latency, "abc", 0, "ad", "198.51.100.0/24", false},
      {"the first one is not of the pool", latency, "bc", 0, "bc", "198.51.100.0/24", true},
      {"a band of one", tolerant, "abc", 0, "ab", "198.51.100.0/24", true},
      {"a band of several", equal, "abc", 0, "ab", "198.51.100.0/24", false},
      {"equals in priority", priority, "abc", 0, "ab", "198.51.100.0/24", true},
      {"weights", weighted, "abc", 0, "ab", "198.51.100.0/24", false},
      {"low anyhow", short_lived, "abc", 0, "ab", "198.51.100.0/24", false},
  };
}

// Two vantages, the median and a table, to all of which a is nearest and d is furthest; the case's pool, and no swap yet.
inline World swap_world(const SwapCase& c) {
  const Cells cells{{'a', 10ms}, {'b', 20ms}, {'c', 30ms}, {'d', 40ms}};
  World world("abcd");
  world.cover("198.51.100.0/24", 0).cover("203.0.113.0/24", 1).row("192.0.2.0/24", cells);
  for (const VantageId vantage : {0, 1}) world.measured(vantage, cells);
  world.median(cells);
  std::vector<GatewayState> gateways;
  for (const char letter : std::string_view(c.gateways)) gateways.push_back(world.up(letter));
  world.pool(c.spec, std::move(gateways));
  return world;
}

}  // namespace isochrone::steer
