#pragma once
// Where something stands on the Earth, and what distance alone says of a round trip.

#include <array>
#include <compare>

namespace isochrone::predict {

struct Place {
  double latitude = 0, longitude = 0;  // degrees, −90…90 and −180…180; north and east positive
  auto operator<=>(const Place&) const = default;
};

inline constexpr double kEarthRadiusKm = 6371;  // the mean

// The point of the unit sphere. Differences of these never trip over the date line or a pole.
std::array<double, 3> unit_vector(const Place& place);

// Through the Earth, and along its surface; kilometres.
double chord_km(const Place& a, const Place& b);
double distance_km(const Place& a, const Place& b);
// The same of a chord's length.
double along_surface_km(double chord_km);

// What geography says: light in glass along the great circle (100 km of way there and back a millisecond), half as much
// again for the way cables take, and 7.5 ms for what is at the ends. Milliseconds; grows with distance, so gateways
// ranked by it are ranked by distance.
double geographic_rtt_ms(double distance_km);

// The grid on which places are told apart: about a kilometre. Two places in one cell are one place.
Place rounded(const Place& place, double degrees = 0.01);

}  // namespace isochrone::predict
