#pragma once
// What a change does to the clients: each is given its gateways before and after it by steer() itself, and what differs is
// added up: regions, and of one region the gateways of different pools in the pool. So `simulate` and the answers cannot disagree.
//
//   clients_of(map before, map after), or a sample of queries ─► WeightedClient… ─► measure_impact ─► Impact

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "steer/steer.h"

namespace isochrone::steer {

// A network and how much it counts: queries, or 1.
struct WeightedClient {
  Prefix prefix;
  double weight = 1;
};

// The blocks of which something is known beside the rows of /0, each counting 1, ends of either map dividing them; every
// block where there is no such. In order of address.
std::vector<WeightedClient> clients_of(const LatencyMap& before, const LatencyMap& after);

// Networks wider than what shares are taken of (/20, /40) are divided, evenly, as far as `at_most` clients in all: there
// each part may be given something else.
std::vector<WeightedClient> divided(std::vector<WeightedClient> clients, size_t at_most);

// One pool, asked for one family, before and after.
struct PoolPair {
  zone::PoolId before = 0, after = 0;
  Family family = Family::V4;
};

// Sums of weights, and of weight × milliseconds.
struct ImpactTally {
  double clients = 0;   // a client counts once a pool
  double moved = 0;     // given other gateways
  double lost = 0;      // of the moved: given none any more
  double down = 0;      // given gateways of which none is healthy any more (all-down), moved or not
  double affected = 0;  // moved or down
  double judged = 0;    // of all: the latency to both choices is known
  double ms_before = 0, ms_after = 0;  // of the judged
};

// Of the moved whose latency is known before and after: milliseconds more (less: negative), each in steps of 0.1.
struct ImpactSpread {
  double moved = 0;
  double mean = 0, p95 = 0, worst = 0, best = 0;
};

struct ImpactMove {
  size_t from = 0, to = 0;  // into Impact::regions
  double clients = 0;
  double judged = 0, ms = 0;  // as above; ms is the sum of what it costs
};

struct Impact {
  std::vector<std::string> regions;       // of either side; the last two stand for no answer, and for an answer of no region
  ImpactTally total;
  std::vector<ImpactTally> pools;         // as asked for
  std::vector<double> load_before, load_after;  // by region; answers of several gateways count in parts
  std::vector<ImpactMove> moves;          // most clients first
  ImpactSpread spread;

  size_t no_answer() const { return regions.size() - 2; }
};

// Regions are matched by name. Both choices are judged by the estimates after the change, and by those before it where
// there are none: what was measured last is taken for the truth. Pure; a second for some million clients and one pool.
Impact measure_impact(const Steering& before, const Steering& after, std::span<const PoolPair> pools,
                      std::span<const WeightedClient> clients);

}  // namespace isochrone::steer
