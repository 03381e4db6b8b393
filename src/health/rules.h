#pragma once
// What the operator chose: how vantages are merged, how calm the orders are.

#include <cstdint>

#include "util/duration.h"

namespace isochrone::health {

// How many vantages must say "down" before it is believed. Ties are up.
struct QuorumRule {
  enum class Kind : uint8_t { Majority, Any, All, Count } kind = Kind::Majority;
  int count = 1;
};

struct SteeringRules {
  Duration margin = 5ms;
  Duration dwell = 30s;
  Duration frozen_after = 10min;  // at most max_age
  Duration max_age = 24h;
  // The most by which what gateways observe may move one region of a client network against another.
  Duration correction = 50ms;
  bool anycast = false;
};

}  // namespace isochrone::health
