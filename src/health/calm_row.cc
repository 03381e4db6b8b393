#include "health/calm_row.h"

#include <algorithm>
#include <utility>

namespace isochrone::health {

using steer::RegionId;

void CalmRow::set(steer::RegionId region, std::optional<Duration> estimate) {
  if (estimates_[region] == estimate) return;
  estimates_[region] = estimate;
  dirty_ = true;
}

void CalmRow::measured(RegionId region, Duration estimate, Time at) {
  set(region, estimate);
  Cadence& cadence = cadences_[region];
  if (cadence.last == at) return;
  if (cadence.last) {
    std::shift_left(cadence.gaps.begin(), cadence.gaps.end(), 1);
    cadence.gaps.back() = at - *cadence.last;
  }
  cadence.last = at;
  if (cadence.in_round) {
    for (Cadence& other : cadences_) other.in_round = false;
    round_over_ = dirty_ = true;
  }
  cadence.in_round = true;
}

// Whether a dwell goes by without a sample. One pause does not make a row sparse.
bool CalmRow::is_sparse(Duration dwell) const {
  bool any = false;
  for (const Cadence& cadence : cadences_) {
    for (const Duration gap : cadence.gaps) {
      if (gap == Duration::zero()) continue;
      if (gap < dwell) return false;
      any = true;
    }
  }
  return any;
}

void CalmRow::renumber(std::span<const steer::RegionId> new_id, size_t regions) {
  order_.renumber(new_id);
  estimates_.assign(regions, std::nullopt);
  std::vector<Cadence> cadences(regions);
  for (size_t r = 0; r < cadences_.size() && r < new_id.size(); ++r) {
    if (new_id[r] != steer::kNoRegion) cadences[new_id[r]] = cadences_[r];
  }
  cadences_ = std::move(cadences);
  dirty_ = to_publish_ = true;
}

void CalmRow::restore(std::vector<Order::Place> places) {
  order_.restore(std::move(places));
  dirty_ = to_publish_ = true;
}

bool CalmRow::update(const SteeringRules& rules, Time now) {
  dirty_ = false;
  if (round_over_) order_.learn(estimates_, rules);
  round_over_ = false;
  // A dwell is there for more samples to come in. Where none does, each is all there will be, and waiting is only late.
  SteeringRules calm = rules;
  if (is_sparse(rules.dwell)) calm.dwell = Duration::zero();
  const bool moved = order_.update(estimates_, calm, now);
  swaps_.set(order_.near());
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
