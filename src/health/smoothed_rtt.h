#pragma once
// A smoothed RTT that knows how much its path varies: deaf to spikes, slow while samples agree with what is known,
// and on a clean path at the new value with the second sample after its route has shifted.
//
// An exponential average is one compromise for all of that (RFC 6298's takes a dozen samples to follow a shift, and
// an eighth of every spike). Here the value is a mean over what looks like one route, and a row of samples off to one
// side begins a new one: a row so long that this path does not bring it about by chance.

#include <array>
#include <cstdint>
#include <optional>

#include "util/duration.h"

namespace isochrone::health {

class SmoothedRtt {
 public:
  // Nothing but 0 < sample ≤ 60 s is taken; other samples are none. `gap`: time since the one before; where samples are
  // rare a stray one is believed until it has turned out that strays do not last.
  void add(Duration sample, Duration gap = {});
  // Goes on from what was known before a restart: the next samples count as more of the same route.
  void restore(Duration value, Duration spread);

  std::optional<Duration> value() const;
  Duration spread() const;  // mean distance of a sample from the value

 private:
  static constexpr int kRecent = 5;

  // Samples beyond so many spreads: how often this path has them, and how many in a row there are now.
  class Excess {
   public:
    Excess(double spreads, float rate) : spreads_(spreads), rate_(rate) {}
    // `off`: a sample's distance from the value. Returns whether a new route has begun.
    bool add(double off, double spread);
    int run() const { return run_; }
    void forget_run() { run_ = 0; }

   private:
    double spreads_;
    float rate_;
    int8_t run_ = 0, side_ = 0;
  };

  // Whether samples far off are followed by others like them: a new route, or a spike. Watched sample by sample.
  class Strays {
   public:
    // `off`: the sample's distance from a value that has been good up to now; returns whether to believe it at once.
    bool believes(double ms, double value, double spread, bool sparse);

   private:
    float lasted_ = 0, seen_ = 0;
    double at_ = 0, from_ = 0;  // the last sample, and the value it strayed from
    bool pending_ = false;
  };

  void begin_route(int run);
  void take_recent();
  void average(double ms);

  std::array<float, kRecent> recent_{};  // ms, oldest first
  double value_ = 0, spread_ = 0;        // ms
  int samples_ = 0;                      // of this route, as far as they are counted
  bool is_first_route_ = true;
  Strays strays_;
  Excess far_{4, 0.003F}, off_{2, 0.1F};
};

}  // namespace isochrone::health
