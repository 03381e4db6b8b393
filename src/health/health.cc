#include "health/health.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace isochrone::health {

using steer::RegionId;
using steer::VantageId;
using steer::Verdict;

Health::Health(const HealthConfig& config) : config_(config) {}

void Health::configure(std::shared_ptr<const Plan> plan, std::vector<std::string> vantage_names, SteeringRules rules,
                       Time now, std::span<const uint16_t> weights) {
  assert(plan && !vantage_names.empty() && (weights.empty() || weights.size() == vantage_names.size()));
  if (!started_) started_ = now;
  rules_ = rules;

  std::vector<Vantage> vantages(vantage_names.size());
  for (size_t v = 0; v < vantages.size(); ++v) {
    const auto known = vantage_by_name_.find(vantage_names[v]);
    if (known != vantage_by_name_.end()) vantages[v] = std::move(vantages_[known->second]);
    vantages[v].name = std::move(vantage_names[v]);
    vantages[v].weight = weights.empty() ? 1 : weights[v];
  }
  vantages_ = std::move(vantages);
  vantage_by_name_.clear();
  for (size_t v = 0; v < vantages_.size(); ++v) vantage_by_name_[vantages_[v].name] = static_cast<VantageId>(v);

  const auto old_plan = std::exchange(plan_, std::move(plan));
  carry_over(*old_plan);
  index_plan();

  // Whoever asks for changes next has read everything anew.
  changes_.targets.clear();
  changes_.rows.clear();
  target_changed_.assign(plan_->targets.size(), false);
  mark_all_cells_dirty();
  measure_dirty_cells(now);
  update_rows(now);
  votes_changed_ = true;
}

// Everything that was kept by a number of the old plan gets the number its key or name has now.
void Health::carry_over(const Plan& old_plan) {
  const size_t targets = plan_->targets.size(), regions = plan_->regions.size();
  std::vector<RegionId> new_region(old_plan.regions.size(), steer::kNoRegion);
  for (size_t r = 0; r < new_region.size(); ++r) {
    const auto name = std::ranges::find(plan_->regions, old_plan.regions[r]);
    if (name != plan_->regions.end()) new_region[r] = static_cast<RegionId>(name - plan_->regions.begin());
  }

  std::vector<OwnTarget> own(targets);
  std::vector<std::pair<const Target*, TargetId>> kept;  // and its old number
  for (const Target& target : plan_->targets) {
    const auto known = target_by_key_.find(target.key);
    if (known == target_by_key_.end()) continue;
    kept.emplace_back(&target, known->second);
    own[target.id] = std::move(own_[known->second]);
  }
  own_ = std::move(own);

  for (Vantage& vantage : vantages_) {
    const VantageBoard old_board = std::exchange(vantage.board, VantageBoard(targets, regions));
    for (const auto& [target, old_id] : kept) {
      if (old_id < old_board.sightings().size()) vantage.board.set(*target, old_board[old_id]);
    }
    for (auto& cells : vantage.cells) cells.assign(regions, {});
    for (CalmRow& row : vantage.rows) row.renumber(new_region, regions);
  }
  for (CalmRow& row : medians_) row.renumber(new_region, regions);
}

void Health::index_plan() {
  target_by_key_.clear();
  for (auto& gauges : gauges_) gauges.assign(plan_->regions.size(), {});
  for (const Target& target : plan_->targets) {
    assert(target.id == static_cast<size_t>(&target - plan_->targets.data()));
    target_by_key_[target.key] = target.id;
    if (target.region >= plan_->regions.size()) continue;
    Gauges& gauges = gauges_[index(target.address.family)][target.region];
    (target.beacon ? gauges.beacons : gauges.gateways).push_back(target.id);
  }
}

void Health::record(TargetId id, const Outcome& outcome, Time now) {
  if (id >= own_.size()) return;
  const Target& target = plan_->targets[id];
  OwnTarget& own = own_[id];
  if (outcome.failure == Failure::Local) {
    ++own.local_failures;
    return;
  }
  ++own.tries;
  own.failures += !outcome.ok();
  const Verdict before = own.state.verdict();
  own.state.record(outcome.ok(), target.spec, now);
  own.estimator.add(outcome, before, own.state.verdict(), now);
  own.to_report = true;

  vantages_[0].heard = now;
  Sighting sighting = vantages_[0].board[id];
  sighting.verdict = own.state.verdict();
  sighting.failing = own.state.failing();
  sighting.fresh = true;
  sighting.last = now;
  sighting.since = own.state.since();
  sighting.loss = own.estimator.loss().share();
  if (outcome.rtt) sighting.rtt_at = now;
  sighting.rtt = own.estimator.rtt().value();
  if (!outcome.ok()) sighting.reason = outcome.reason;
  if (outcome.certificate_expiry) sighting.certificate_expiry = outcome.certificate_expiry;
  sighting.load = outcome.load;
  const Duration took = std::accumulate(outcome.phases.begin(), outcome.phases.end(), Duration::zero());
  if (!vantages_[0].board[id].is_troubled()) sighting.troubled_since = now - took;
  set_sighting(0, target, std::move(sighting));
}

Duration Health::next_delay(TargetId target) const {
  return own_[target].state.next_delay(plan_->targets[target].spec);
}

void Health::set_sighting(VantageId v, const Target& target, Sighting sighting) {
  VantageBoard& board = vantages_[v].board;
  const Sighting& known = board[target.id];
  if (known.rtt != sighting.rtt || known.loss != sighting.loss || known.rtt_at != sighting.rtt_at) {
    mark_dirty(v, target);
  }
  if (board.set(target, std::move(sighting))) changed(target.id);
}

void Health::changed(TargetId target) {
  votes_changed_ = true;
  if (target_changed_[target]) return;
  target_changed_[target] = true;
  changes_.targets.push_back(target);
}

void Health::changed_row(VantageId vantage) {
  if (std::ranges::find(changes_.rows, vantage) == changes_.rows.end()) changes_.rows.push_back(vantage);
}

Changes Health::take_changes() {
  std::ranges::sort(changes_.targets);
  for (const TargetId target : changes_.targets) target_changed_[target] = false;
  return std::exchange(changes_, {});
}

}  // namespace isochrone::health
