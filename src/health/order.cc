#include "health/order.h"

#include <algorithm>

namespace isochrone::health {

using steer::RegionId;

namespace {

std::optional<Duration> estimate_of(std::span<const std::optional<Duration>> estimates, RegionId region) {
  return region < estimates.size() ? estimates[region] : std::nullopt;
}

// A lead that has lasted so long mostly lasts.
Duration near_after(const SteeringRules& rules) {
  return rules.dwell / 2;
}

}  // namespace

bool Order::update(Estimates estimates, const SteeringRules& rules, Time now) {
  count_regret(estimates, now);
  bool changed = admit(estimates, now);
  changed |= settle(estimates, rules, now);
  watch(estimates, rules, now);
  if (move(estimates, rules, now)) {
    changed = true;
    watch(estimates, rules, now);
  }
  changed |= follow(estimates, rules, now);
  foresee(rules, now);
  set_deadline(rules, now);
  return changed;
}

// Regions of which nothing is known any more leave; new ones are put where their first estimate belongs.
bool Order::admit(Estimates estimates, Time now) {
  bool changed = std::erase_if(places_, [&](const Place& p) { return !estimate_of(estimates, p.region); }) > 0;
  steer::RegionSet placed;
  for (const Place& place : places_) placed.add(place.region);
  for (size_t r = 0; r < estimates.size(); ++r) {
    const auto region = static_cast<RegionId>(r);
    if (!estimates[r] || placed.has(region)) continue;
    const Duration first = *estimates[r];
    const auto slower = std::find_if(places_.begin(), places_.end(), [&](const Place& p) { return p.held > first; });
    places_.insert(slower, Place{region, first, std::nullopt, now});
    changed = true;
  }
  return changed;
}

// What is new takes a lower estimate at once, and the place that belongs to it.
bool Order::settle(Estimates estimates, const SteeringRules& rules, Time now) {
  bool changed = false;
  for (auto place = places_.begin(); place != places_.end(); ++place) {
    if (!place->since) continue;
    if (now - *place->since >= rules.dwell) {
      place->since.reset();
      continue;
    }
    const Duration estimate = *estimates[place->region];
    if (estimate >= place->held) continue;
    place->held = estimate;
    const auto slower = std::find_if(places_.begin(), place, [&](const Place& p) { return p.held > estimate; });
    std::rotate(slower, place, place + 1);
    changed = true;
  }
  return changed;
}

Duration Order::cost(Estimates estimates, RegionId region, const SteeringRules& rules) const {
  return *estimates[region] + past_.handicap(region, rules.margin);
}

// Brings leads_ up to date: a lead lasts while no update finds it within the margin.
void Order::watch(Estimates estimates, const SteeringRules& rules, Time now) {
  std::vector<Lead> leads;
  for (size_t i = 0; i < places_.size(); ++i) {
    const Duration front = cost(estimates, places_[i].region, rules);
    for (size_t j = i + 1; j < places_.size(); ++j) {
      if (cost(estimates, places_[j].region, rules) + rules.margin >= front) continue;
      leads.push_back({places_[j].region, places_[i].region, now});
    }
  }
  std::ranges::sort(leads, {}, &Lead::key);
  for (Lead& lead : leads) {
    const auto before = std::ranges::lower_bound(leads_, lead.key(), {}, &Lead::key);
    if (before != leads_.end() && before->key() == lead.key()) lead.since = before->since;
  }
  leads_ = std::move(leads);
}

// Best first, every region moves in front of the foremost one that it has beaten for a dwell.
bool Order::move(Estimates estimates, const SteeringRules& rules, Time now) {
  if (leads_.empty()) return false;
  std::vector<RegionId> best_first;
  for (const Place& place : places_) best_first.push_back(place.region);
  std::ranges::sort(best_first, {}, [&](RegionId r) { return std::pair(cost(estimates, r, rules), r); });

  const RegionId first = places_.front().region;
  bool moved = false;
  for (const RegionId region : best_first) {
    const auto from = std::ranges::find(places_, region, &Place::region);
    const auto to = std::find_if(places_.begin(), from, [&](const Place& front) {
      const auto lead = std::ranges::lower_bound(leads_, std::pair(region, front.region), {}, &Lead::key);
      return lead != leads_.end() && lead->key() == std::pair(region, front.region) && now - lead->since >= rules.dwell;
    });
    if (to == from) continue;
    std::rotate(to, from, from + 1);
    moved = true;
  }
  switches_ += places_.front().region != first;
  return moved;
}

bool Order::follow(Estimates estimates, const SteeringRules& rules, Time now) {
  bool changed = false;
  for (Place& place : places_) {
    const Duration estimate = *estimates[place.region];
    if (std::chrono::abs(estimate - place.held) <= rules.margin) {
      place.off_since.reset();
      continue;
    }
    if (!place.off_since) place.off_since = now;
    if (now - *place.off_since < rules.dwell) continue;
    place.held = estimate;
    place.off_since.reset();
    changed = true;
  }
  return changed;
}

void Order::count_regret(Estimates estimates, Time now) {
  if (counted_) regret_seconds_ += to_seconds(regret_) * to_seconds(now - *counted_);
  counted_ = now;
  regret_ = {};
  if (places_.empty()) return;
  const auto first = estimate_of(estimates, places_.front().region);
  if (!first) return;
  for (const auto& estimate : estimates) {
    if (estimate) regret_ = std::max(regret_, *first - *estimate);
  }
}

void Order::foresee(const SteeringRules& rules, Time now) {
  near_.clear();
  if (rules.dwell == Duration::zero()) return;
  for (const Lead& lead : leads_) {
    if (now - lead.since >= near_after(rules)) near_.emplace_back(lead.front, lead.behind);
  }
  std::ranges::sort(near_);
}

void Order::set_deadline(const SteeringRules& rules, Time now) {
  deadline_.reset();
  const auto consider = [&](Time due) {
    if (!deadline_ || due < *deadline_) deadline_ = due;
  };
  for (const Lead& lead : leads_) {
    const Time near = lead.since + near_after(rules);
    consider(near > now ? near : lead.since + rules.dwell);
  }
  for (const Place& place : places_) {
    if (place.off_since) consider(*place.off_since + rules.dwell);
  }
}

void Order::renumber(std::span<const RegionId> new_id) {
  near_.clear();
  const auto number = [&](RegionId old) { return old < new_id.size() ? new_id[old] : steer::kNoRegion; };
  past_.renumber(new_id);
  for (Place& place : places_) place.region = number(place.region);
  std::erase_if(places_, [](const Place& p) { return p.region == steer::kNoRegion; });
  for (Lead& lead : leads_) lead = {number(lead.behind), number(lead.front), lead.since};
  std::erase_if(leads_, [](const Lead& l) { return l.behind == steer::kNoRegion || l.front == steer::kNoRegion; });
  std::ranges::sort(leads_, {}, &Lead::key);
}

}  // namespace isochrone::health
