// What is known, over a restart: names and ages.

#include <algorithm>

#include "health/health.h"

namespace isochrone::health {

using steer::RegionId;
using steer::VantageId;
using steer::Verdict;

namespace {

constexpr std::array kFamilies{Family::V4, Family::V6};

}  // namespace

SavedState Health::save(Time now) const {
  SavedState state;
  const auto save_row = [&](const std::string& name, Family family, const CalmRow& row) {
    if (row.order().places().empty()) return;
    SavedRow& saved = state.rows.emplace_back(SavedRow{.vantage = name, .family = family, .cells = {}});
    for (const Order::Place& place : row.order().places()) {
      saved.cells.push_back({plan_->regions[place.region], place.held});
    }
  };
  for (size_t v = 0; v < vantages_.size(); ++v) {
    const Vantage& vantage = vantages_[v];
    SavedVantage& saved = state.vantages.emplace_back(SavedVantage{.name = vantage.name, .targets = {}});
    for (const Target& target : plan_->targets) {
      const Sighting& sighting = vantage.board[target.id];
      if (sighting.verdict == Verdict::Unknown) continue;
      SavedTarget& kept = saved.targets.emplace_back();
      static_cast<TargetReport&>(kept) = make_target_report(target, sighting, now);
      if (sighting.rtt) kept.rtt_age = now - sighting.rtt_at;
      if (v != 0) continue;
      const Estimator& estimator = own_[target.id].estimator;
      kept.spread = estimator.rtt().spread();
      kept.probes = estimator.loss().counts().probes;
      kept.lost = estimator.loss().counts().lost;
    }
    for (const Family family : kFamilies) save_row(vantage.name, family, vantage.rows[index(family)]);
  }
  for (const Family family : kFamilies) save_row("", family, medians_[index(family)]);
  return state;
}

void Health::restore(const SavedState& state, Duration downtime, Time now) {
  downtime = std::max(downtime, Duration::zero());
  for (const SavedVantage& vantage : state.vantages) {
    const auto v = vantage_by_name_.find(vantage.name);
    if (v == vantage_by_name_.end()) continue;
    for (const SavedTarget& target : vantage.targets) restore_target(v->second, target, downtime, now);
  }
  mark_all_cells_dirty();
  measure_dirty_cells(now);
  for (const SavedRow& row : state.rows) restore_row(row);
  update_rows(now);
  votes_changed_ = true;
}

void Health::restore_target(VantageId v, const SavedTarget& saved, Duration downtime, Time now) {
  const auto key = target_by_key_.find(saved.key);
  const Duration age = saved.age + downtime;
  if (key == target_by_key_.end() || saved.verdict == Verdict::Unknown) return;
  if (!is_sensible(saved) || saved.rtt_age < Duration::zero() || age > rules_.max_age) return;
  const Target& target = plan_->targets[key->second];

  Sighting sighting{.verdict = saved.verdict,
                    .failing = false,
                    .fresh = age <= freshness(target.spec),
                    .last = now - age,
                    .since = now - downtime - saved.since,
                    .troubled_since = now - downtime - saved.since,
                    .rtt = saved.rtt,
                    .rtt_at = now - downtime - saved.rtt_age,
                    .loss = saved.loss,
                    .reason = saved.reason,
                    .certificate_expiry = saved.certificate_expiry};
  if (saved.rtt_age + downtime > rules_.max_age) sighting.rtt.reset();
  if (v == 0) {
    OwnTarget& own = own_[target.id];
    own.state.restore(sighting.verdict, sighting.last, sighting.since);
    own.estimator.restore(sighting.rtt, saved.spread, {saved.probes, saved.lost}, saved.loss);
    own.to_report = true;
  }
  set_sighting(v, target, std::move(sighting));
}

void Health::restore_row(const SavedRow& row) {
  std::vector<Order::Place> places;
  for (const SavedRow::Cell& cell : row.cells) {
    const auto name = std::ranges::find(plan_->regions, cell.region);
    if (name == plan_->regions.end() || cell.held < Duration::zero()) continue;
    const auto region = static_cast<RegionId>(name - plan_->regions.begin());
    if (std::ranges::find(places, region, &Order::Place::region) != places.end()) continue;
    places.push_back({region, cell.held, std::nullopt, std::nullopt});
  }
  const size_t family = index(row.family);
  if (row.vantage.empty()) return medians_[family].restore(std::move(places));
  const auto v = vantage_by_name_.find(row.vantage);
  if (v != vantage_by_name_.end()) vantages_[v->second].rows[family].restore(std::move(places));
}

}  // namespace isochrone::health
