#pragma once
// How much a measured latency can still be trusted to be how things are: what time makes of it, in this order.

#include <array>
#include <cstdint>
#include <string_view>

#include "util/duration.h"

namespace isochrone::health {

enum class Stage : uint8_t {
  Fresh,      // measured within 3 × interval + timeout of its probe
  Stale,      // the verdict that came with it counts no more; the figure is still the best there is
  Frozen,     // older than `frozen-after`: still chosen by, because no source's silence may move a client
  Geography,  // never measured, or longer ago than `max-age`: by prediction, by distance, or last
};
inline constexpr std::array kStages{Stage::Fresh, Stage::Stale, Stage::Frozen, Stage::Geography};

// What gateways observe of a network comes when its clients do; a minute without one is nothing unusual.
inline constexpr Duration kObservedFreshFor = 1min;

// `fresh_for`: freshness() of what is probed; not over max-age.
constexpr Stage stage_at(Duration age, Duration fresh_for, Duration frozen_after) {
  if (age <= fresh_for) return Stage::Fresh;
  return age <= frozen_after ? Stage::Stale : Stage::Frozen;
}

constexpr std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::Fresh: return "fresh";
    case Stage::Stale: return "stale";
    case Stage::Frozen: return "frozen";
    case Stage::Geography: break;
  }
  return "geography";
}

}  // namespace isochrone::health
