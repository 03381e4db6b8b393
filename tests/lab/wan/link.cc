#include "link.h"

#include <algorithm>
#include <cmath>

namespace isochrone::lab {
namespace {

double uniform(Random& random) {
  return std::uniform_real_distribution<double>(0, 1)(random);
}

// A round trip fails where either direction does.
double one_way_share(double round_trip_share) {
  return 1 - std::sqrt(1 - round_trip_share);
}

}  // namespace

std::optional<Time> Link::travel(Time now, Random& random) {
  if (weather.cut) return std::nullopt;
  if (weather.loss > 0 && uniform(random) < one_way_share(weather.loss)) return std::nullopt;

  double ms = weather.rtt_ms / 2;
  if (weather.jitter_ms > 0) ms += weather.jitter_ms / 2 * uniform(random);
  // A spike is rare: it comes whole in one direction, so that a round trip meets it once.
  if (weather.spike_share > 0 && uniform(random) < one_way_share(weather.spike_share)) ms += weather.spike_ms;

  const auto arrival = now + std::chrono::duration_cast<Time>(std::chrono::duration<double, std::milli>(ms));
  last_arrival_ = std::max(last_arrival_, arrival);
  return last_arrival_;
}

}  // namespace isochrone::lab
