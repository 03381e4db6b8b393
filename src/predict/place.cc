#include "predict/place.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace isochrone::predict {

std::array<double, 3> unit_vector(const Place& place) {
  const double latitude = place.latitude * std::numbers::pi / 180, longitude = place.longitude * std::numbers::pi / 180;
  return {std::cos(latitude) * std::cos(longitude), std::cos(latitude) * std::sin(longitude), std::sin(latitude)};
}

double chord_km(const Place& a, const Place& b) {
  const auto u = unit_vector(a), v = unit_vector(b);
  return kEarthRadiusKm * std::hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
}

double distance_km(const Place& a, const Place& b) {
  return along_surface_km(chord_km(a, b));
}

double along_surface_km(double chord_km) { return 2 * kEarthRadiusKm * std::asin(std::min(1.0, chord_km / (2 * kEarthRadiusKm))); }

double geographic_rtt_ms(double distance_km) { return 1.5 * (distance_km / 100 + 5); }

Place rounded(const Place& place, double degrees) {
  // Adding 0 turns −0 into 0, and the two sides of the date line are one.
  Place out{std::round(place.latitude / degrees) * degrees + 0.0, std::round(place.longitude / degrees) * degrees + 0.0};
  if (out.longitude <= -180) out.longitude += 360;
  return out;
}

}  // namespace isochrone::predict
