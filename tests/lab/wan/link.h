#pragma once
// One direction between two places: how long a packet takes, or that it never arrives.

#include <chrono>
#include <optional>
#include <random>

namespace isochrone::lab {

using Time = std::chrono::nanoseconds;  // since any fixed moment, monotonic
using Random = std::mt19937_64;

// Figures of a round trip, as ping would show them; each direction carries its half.
struct Weather {
  double rtt_ms = 0;
  double jitter_ms = 0;    // added, evenly spread over 0..jitter_ms
  double loss = 0;         // share of round trips that fail, 0..1
  double spike_ms = 0;     // added to a `spike_share` of the round trips
  double spike_share = 0;  // 0..1
  bool cut = false;
};

class Link {
 public:
  Weather weather;

  // When a packet that sets out at `now` arrives; nullopt where it is lost. Never before one sent earlier on this link:
  // jitter does not reorder, as a queue in a router does not.
  std::optional<Time> travel(Time now, Random& random);

 private:
  Time last_arrival_{};
};

}  // namespace isochrone::lab
