#pragma once
// Recorded samples through the estimators and orders that a server uses, on the record's own clock: how much calm costs.
//
//   Series ─► replay() ─► for each client: Estimator per region ─► CalmRow ─► the region it holds ─► Tally
//
// Regret is the RTT of the region that a client holds minus the lowest one, charged at the samples that come next: so it
// is what clients would have got, and no choice knows the samples it is judged by. Pure, and equal for equal input.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "health/rules.h"
#include "steer/region.h"

namespace isochrone::health {

struct Sample {
  Time at{};
  uint32_t client = 0;            // index into Series::clients
  steer::RegionId region = 0;     // index into Series::regions
  std::optional<Duration> rtt;    // absent: lost
};

struct Series {
  std::vector<std::string> clients, regions;
  std::vector<Sample> samples;    // by time; those of one client at one time are one row
};

struct Tally {
  uint64_t rows = 0;              // times at which a client had samples and already held a region
  uint64_t switches = 0;          // rows after which it held another one
  uint64_t charged = 0;           // rows with an RTT of the held region
  double regret_ms = 0;           // sum over the charged ones

  double mean_regret_ms() const { return charged == 0 ? 0 : regret_ms / static_cast<double>(charged); }
  double switch_share() const { return rows == 0 ? 0 : static_cast<double>(switches) / static_cast<double>(rows); }
  Tally& operator+=(const Tally& other);
};

struct Replayed {
  std::vector<Tally> by_client;
  Tally total() const;
};

// Called after each row of samples with the region that the client holds then.
using OnChoice = std::function<void(Time at, uint32_t client, steer::RegionId held)>;

Replayed replay(const Series& series, const SteeringRules& rules, const OnChoice& on_choice = {});

// The best chooser without a memory, to compare with: moves to the region of the lowest last sample when the held one's
// is more than `margin` higher.
Replayed replay_last_sample(const Series& series, Duration margin);

// One setting of a sweep, and what it brings.
struct SweepPoint {
  Duration margin{};
  Tally ours, simple;             // replay() and replay_last_sample() with this margin
};
// The same series under margins from none to 300 ms; `rules` says the rest.
std::vector<SweepPoint> sweep(const Series& series, SteeringRules rules);

// The simple chooser's regret at another share of switches, between the points of a sweep; absent outside of them.
std::optional<double> simple_regret_ms(std::span<const SweepPoint> points, double switch_share);

}  // namespace isochrone::health
