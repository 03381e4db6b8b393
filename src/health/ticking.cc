// What time does to what is known: verdicts grow old, regions are measured anew, leads last long enough.

#include <algorithm>

#include "health/health.h"
#include "health/suspicion.h"

namespace isochrone::health {

using steer::RegionId;
using steer::VantageId;

namespace {

// How late an old verdict is noticed; choices of clients look at the time themselves only when something has changed.
constexpr Duration kSweepEvery = 1s;
// Samples of many targets make one new estimate of their region. Far below any dwell.
constexpr Duration kMeasureEvery = 250ms;
// How late an estimate older than max_age is dropped.
constexpr Duration kAgeEvery = 1min;

}  // namespace

Time Health::tick(Time now) {
  if (now - swept_ >= kSweepEvery) sweep(now);
  if (votes_changed_) judge_vantages();
  if (now - aged_ >= kAgeEvery) {
    mark_all_cells_dirty();
    aged_ = now;
  }
  if (!dirty_cells_.empty() && now - measured_ >= kMeasureEvery) measure_dirty_cells(now);
  update_rows(now);
  return next_tick(now);
}

void Health::sweep(Time now) {
  for (Vantage& vantage : vantages_) {
    for (const Target& target : plan_->targets) {
      const Sighting& sighting = vantage.board[target.id];
      if (!sighting.fresh || now - sighting.last <= freshness(target.spec)) continue;
      if (vantage.board.age(target)) changed(target.id);
    }
  }
  // A target without a verdict counts as up for a while after a start; then it does not.
  for (const Target& target : plan_->targets) {
    const Time over = *started_ + target.spec.interval + target.spec.timeout;
    if (over > swept_ && over <= now && is_unknown(target.id)) changed(target.id);
  }
  swept_ = now;
}

bool Health::is_unknown(TargetId id) const {
  return std::ranges::all_of(
      vantages_, [id](const Vantage& vantage) { return vantage.board[id].verdict == steer::Verdict::Unknown; });
}

void Health::judge_vantages() {
  std::vector<const VantageBoard*> boards;
  for (const Vantage& vantage : vantages_) boards.push_back(&vantage.board);
  const std::vector<bool> suspects = find_suspects(boards);
  for (size_t v = 0; v < vantages_.size(); ++v) {
    Vantage& vantage = vantages_[v];
    if (vantage.suspect == suspects[v]) continue;
    vantage.suspect = suspects[v];
    (vantage.suspect ? changes_.suspects : changes_.trusted).push_back(vantage.name);
    for (const Target& target : plan_->targets) {
      if (vantage.board[target.id].verdict != steer::Verdict::Unknown) changed(target.id);
    }
  }
  votes_changed_ = false;
}

void Health::mark_dirty(VantageId v, const Target& target) {
  if (target.region >= plan_->regions.size()) return;
  const size_t family = index(target.address.family);
  Cell& cell = vantages_[v].cells[family][target.region];
  if (cell.dirty) return;
  cell.dirty = true;
  dirty_cells_.push_back({v, static_cast<uint8_t>(family), target.region});
  // A first value is not kept waiting.
  if (!cell.estimate) measured_ = {};
}

void Health::mark_all_cells_dirty() {
  dirty_cells_.clear();
  for (size_t v = 0; v < vantages_.size(); ++v) {
    for (size_t f = 0; f < 2; ++f) {
      for (size_t r = 0; r < plan_->regions.size(); ++r) {
        vantages_[v].cells[f][r].dirty = true;
        dirty_cells_.push_back({static_cast<VantageId>(v), static_cast<uint8_t>(f), static_cast<RegionId>(r)});
      }
    }
  }
}

void Health::measure_dirty_cells(Time now) {
  measured_ = now;
  std::array<steer::RegionSet, 2> touched;
  for (const auto [v, family, region] : dirty_cells_) {
    Vantage& vantage = vantages_[v];
    Cell& cell = vantage.cells[family][region];
    cell = measure(vantage, gauges_[family][region], now);
    if (cell.estimate) vantage.rows[family].measured(region, *cell.estimate, cell.measured);
    else vantage.rows[family].set(region, std::nullopt);
    touched[family].add(region);
  }
  dirty_cells_.clear();
  for (size_t f = 0; f < 2; ++f) touched[f].for_each([&](RegionId region) { update_median(f, region); });
}

// The beacon where it has measured, else the median over the region's targets. A target that is down keeps its RTT.
Health::Cell Health::measure(const Vantage& vantage, const Gauges& gauges, Time now) const {
  std::vector<Duration> latencies, rtts;
  std::vector<double> losses;
  Cell cell;
  const auto collect = [&](const std::vector<TargetId>& targets) {
    for (const TargetId id : targets) {
      const Sighting& sighting = vantage.board[id];
      if (!sighting.rtt || now - sighting.rtt_at > rules_.max_age) continue;
      cell.measured = rtts.empty() ? sighting.rtt_at : std::max(cell.measured, sighting.rtt_at);
      cell.fresh_for = std::max(cell.fresh_for, freshness(plan_->targets[id].spec));
      latencies.push_back(latency(*sighting.rtt, sighting.loss));
      rtts.push_back(*sighting.rtt);
      losses.push_back(sighting.loss);
    }
  };
  collect(gauges.beacons);
  if (rtts.empty()) collect(gauges.gateways);
  if (rtts.empty()) return cell;
  cell.estimate = median(latencies);
  cell.rtt = median(rtts);
  cell.loss = median(losses);
  return cell;
}

void Health::update_median(size_t family, RegionId region) {
  std::vector<Duration> estimates;
  for (const Vantage& vantage : vantages_) {
    if (const auto& estimate = vantage.cells[family][region].estimate) estimates.push_back(*estimate);
  }
  medians_[family].set(region, estimates.empty() ? std::nullopt : std::optional(median(estimates)));
}

void Health::update_rows(Time now) {
  const auto update = [&](CalmRow& row, const auto& counts) {
    if (!row.is_due(now)) return false;
    const uint64_t before = row.order().switches();
    const steer::RowSwaps near_before = row.swaps();
    const bool is_new = row.update(rules_, now);
    if (row.order().switches() != before && counts()) changes_.switches += row.order().switches() - before;
    changes_.swaps |= row.swaps() != near_before;
    return is_new;
  };
  for (size_t v = 0; v < vantages_.size(); ++v) {
    for (CalmRow& row : vantages_[v].rows) {
      if (!update(row, [] { return true; })) continue;
      changed_row(static_cast<VantageId>(v));
      if (rules_.anycast && v == 0) changes_.median = true;
    }
  }
  for (size_t family = 0; family < medians_.size(); ++family) {
    // Of one that measures alone the median is the same row again.
    const auto several_measure = [&] {
      const auto measures = [](const auto& cell) { return cell.estimate.has_value(); };
      return std::ranges::count_if(vantages_, [&](const Vantage& v) { return std::ranges::any_of(v.cells[family], measures); }) > 1;
    };
    if (update(medians_[family], several_measure) && !rules_.anycast) changes_.median = true;
  }
}

Time Health::next_tick(Time now) const {
  Time next = swept_ + kSweepEvery;
  if (!dirty_cells_.empty()) next = std::min(next, measured_ + kMeasureEvery);
  const auto consider = [&](const CalmRow& row) {
    if (row.deadline()) next = std::min(next, *row.deadline());
  };
  for (const Vantage& vantage : vantages_) std::ranges::for_each(vantage.rows, consider);
  std::ranges::for_each(medians_, consider);
  return std::max(next, now);
}

}  // namespace isochrone::health
