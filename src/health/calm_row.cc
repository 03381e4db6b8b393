#include "health/calm_row.h"

#include <algorithm>

namespace isochrone::health {

void CalmRow::set(steer::RegionId region, std::optional<Duration> estimate) {
  if (estimates_[region] == estimate) return;
  estimates_[region] = estimate;
  dirty_ = true;
}

void CalmRow::renumber(std::span<const steer::RegionId> new_id, size_t regions) {
  order_.renumber(new_id);
  estimates_.assign(regions, std::nullopt);
  dirty_ = to_publish_ = true;
}

void CalmRow::restore(std::vector<Order::Place> places) {
  order_.restore(std::move(places));
  dirty_ = to_publish_ = true;
}

bool CalmRow::update(const SteeringRules& rules, Time now) {
  dirty_ = false;
  const bool moved = order_.update(estimates_, rules, now);
  if (!moved && !to_publish_) return false;
  to_publish_ = false;
  publish();
  return true;
}

void CalmRow::publish() {
  if (order_.places().empty()) return live_.reset();
  auto row = std::make_shared<steer::LiveRow>();
  for (const Order::Place& place : order_.places()) {
    row->order.push_back(place.region);
    row->held.push_back(steer::Held::from(place.held));
  }
  live_ = std::move(row);
}

std::optional<Duration> CalmRow::held(steer::RegionId region) const {
  const auto place = std::ranges::find(order_.places(), region, &Order::Place::region);
  if (place == order_.places().end()) return std::nullopt;
  return place->held;
}

namespace {

template <typename T>
T middle(std::vector<T>& values) {
  const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), upper, values.end());
  if (values.size() % 2 == 1) return *upper;
  return (*std::max_element(values.begin(), upper) + *upper) / 2;
}

}  // namespace

Duration median(std::vector<Duration>& values) {
  return middle(values);
}
double median(std::vector<double>& values) {
  return middle(values);
}

}  // namespace isochrone::health
