// What is known, as choices and people are told it.

#include <algorithm>
#include <functional>

#include "health/health.h"
#include "health/quorum.h"

namespace isochrone::health {

using steer::RegionId;
using steer::VantageId;
using steer::Verdict;

steer::AddressState Health::address_state(TargetId id, const QuorumRule& rule, Time now) const {
  const Target& target = plan_->targets[id];
  const Duration fresh_for = freshness(target.spec);
  std::vector<Vote> votes;
  for (const Vantage& vantage : vantages_) {
    const Sighting& sighting = vantage.board[id];
    if (!vantage.suspect) votes.push_back({sighting.verdict, sighting.failing, sighting.last});
  }
  const Merged merged = merge(rule, votes, fresh_for, now);

  steer::AddressState state{.address = target.address, .quorum = merged.verdict, .failing = merged.failing};
  state.fresh_start =
      merged.verdict == Verdict::Unknown && now < *started_ + target.spec.interval + target.spec.timeout;
  for (size_t v = 0; v < vantages_.size(); ++v) {
    const Sighting& sighting = vantages_[v].board[id];
    if (vantages_[v].suspect || sighting.verdict == Verdict::Unknown || sighting.verdict == merged.verdict) continue;
    if (now - sighting.last <= fresh_for) state.dissent.emplace_back(static_cast<VantageId>(v), sighting.verdict);
  }
  return state;
}

std::optional<LoadFigure> Health::load(TargetId id, Time now) const {
  const Target& target = plan_->targets[id];
  const Sighting* newest = nullptr;
  for (const Vantage& vantage : vantages_) {
    const Sighting& sighting = vantage.board[id];
    const bool counts = sighting.load && !vantage.suspect && now - sighting.last <= freshness(target.spec);
    if (counts && (!newest || sighting.last > newest->last)) newest = &sighting;
  }
  if (!newest || !target.spec.load) return std::nullopt;
  return LoadFigure{*newest->load / target.spec.load->limit, newest->last};
}

// Vantages see the same outage within one interval and one time-out of each other; what one has seen for longer is its
// own affair, such as a path cut for it alone.
std::optional<Time> Health::outage_began(TargetId id) const {
  std::vector<Time> began;
  for (const Vantage& vantage : vantages_) {
    const Sighting& sighting = vantage.board[id];
    if (!vantage.suspect && sighting.is_troubled()) began.push_back(sighting.troubled_since);
  }
  if (began.empty()) return std::nullopt;
  std::ranges::sort(began, std::greater());
  const ProbeSpec& spec = plan_->targets[id].spec;
  size_t first = 0;
  while (first + 1 < began.size() && began[first] - began[first + 1] <= spec.interval + spec.timeout) ++first;
  return began[first];
}

steer::LiveRows Health::rows(Family family) const {
  steer::LiveRows rows;
  for (const Vantage& vantage : vantages_) rows.by_vantage.push_back(vantage.rows[index(family)].live());
  rows.median = rules_.anycast && !vantages_.empty() ? rows.by_vantage[0] : medians_[index(family)].live();
  rows.swaps = swaps(family);
  return rows;
}

std::shared_ptr<const steer::Swaps> Health::swaps(Family family) const {
  auto swaps = std::make_shared<steer::Swaps>();
  bool any = false;
  for (const Vantage& vantage : vantages_) {
    swaps->by_vantage.push_back(vantage.rows[index(family)].swaps());
    any |= !swaps->by_vantage.back().empty();
  }
  swaps->median = rules_.anycast && !vantages_.empty() ? swaps->by_vantage[0] : medians_[index(family)].swaps();
  return any || !swaps->median.empty() ? swaps : nullptr;
}

TargetView Health::view(TargetId id, VantageId v, Time now) const {
  const Target& target = plan_->targets[id];
  const Sighting& sighting = vantages_[v].board[id];
  TargetView view{.verdict = sighting.verdict,
                  .failing = sighting.failing,
                  .rtt = sighting.rtt,
                  .loss = sighting.loss,
                  .reason = sighting.reason,
                  .certificate_expiry = sighting.certificate_expiry,
                  .load = sighting.load};
  if (v == 0) {
    view.tries = own_[id].tries;
    view.failures = own_[id].failures;
    view.local_failures = own_[id].local_failures;
  }
  if (sighting.verdict == Verdict::Unknown) return view;
  view.age = now - sighting.last;
  view.since = now - sighting.since;
  view.fresh = view.age <= freshness(target.spec);
  return view;
}

RegionView Health::view(RegionId region, Family family, VantageId v, Time now) const {
  const Cell& cell = vantages_[v].cells[index(family)][region];
  RegionView view{.estimate = cell.estimate,
                  .held = vantages_[v].rows[index(family)].held(region),
                  .rtt = cell.rtt,
                  .loss = cell.loss};
  if (cell.estimate) view.age = now - cell.measured;
  view.stage = stage(cell, now);
  return view;
}

Stage Health::stage(const Cell& cell, Time now) const {
  return cell.estimate ? stage_at(now - cell.measured, cell.fresh_for, rules_.frozen_after) : Stage::Geography;
}

RegionView Health::median_view(RegionId region, Family family, Time now) const {
  const CalmRow& row = medians_[index(family)];
  RegionView view{.estimate = row.estimate(region), .held = row.held(region)};
  for (const Vantage& vantage : vantages_) view.stage = std::min(view.stage, stage(vantage.cells[index(family)][region], now));
  return view;
}

Stage VantageView::stage() const {
  const auto freshest = std::ranges::find_if(kStages, [&](Stage s) { return estimates[static_cast<size_t>(s)] != 0; });
  return freshest == kStages.end() ? Stage::Geography : *freshest;
}

VantageView Health::vantage(VantageId v, Time now) const {
  const Vantage& vantage = vantages_[v];
  VantageView view{.name = vantage.name,
                   .suspect = vantage.suspect,
                   .up = vantage.board.up(),
                   .down = vantage.board.down(),
                   .reports = vantage.reports,
                   .refused = vantage.refused,
                   .unknown_targets = vantage.unknown_targets};
  if (vantage.heard) view.heard = now - *vantage.heard;
  view.stale = !plan_->targets.empty() && view.up + view.down == 0;
  for (size_t f = 0; f < 2; ++f) {
    for (size_t r = 0; r < gauges_[f].size(); ++r)
      if (!gauges_[f][r].empty()) ++view.estimates[static_cast<size_t>(stage(vantage.cells[f][r], now))];
    const Order& order = vantage.rows[f].order();
    view.regret[f] = order.regret();
    view.regret_seconds[f] = order.regret_seconds();
    view.switches += order.switches();
  }
  return view;
}

}  // namespace isochrone::health
