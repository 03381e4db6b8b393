#pragma once
// A smoothed RTT that knows how much its path varies: deaf to lone spikes, slow while samples agree with what is
// known, and at the new value with the second sample after a route has shifted.
//
// An exponential average is one compromise for all of that (RFC 6298's takes a dozen samples to follow a shift, and
// an eighth of every spike). Here the gain is that of a plain mean over what looks like one route, and two samples in
// a row beyond four spreads begin a new one.

#include <array>
#include <cstdint>
#include <optional>

#include "util/duration.h"

namespace isochrone::health {

class SmoothedRtt {
 public:
  // Nothing but 0 < sample ≤ 60 s is taken; other samples are none.
  void add(Duration sample);
  // Goes on from what was known before a restart: the next samples count as more of the same route.
  void restore(Duration value, Duration spread);

  std::optional<Duration> value() const;
  Duration spread() const;  // mean distance of a sample from the value

 private:
  static constexpr int kRecent = 5;

  bool route_shifted();
  void begin_route(int samples);
  void take_median();

  std::array<float, kRecent> recent_{};  // ms, oldest first
  double value_ = 0, spread_ = 0;        // ms
  int samples_ = 0;                      // of this route; counts no further than kLongest
};

}  // namespace isochrone::health
