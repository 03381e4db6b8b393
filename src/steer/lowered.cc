#include "steer/lowered.h"

#include <algorithm>

namespace isochrone::steer {

namespace {

// Of the eligible, the first in this row is about to lose its place: the case that `lower_ttl` in steer.cc finds for one client.
bool swaps(const PoolSpec& spec, const View& view, const LiveRow* row, const RowSwaps& near) {
  if (row == nullptr || near.empty() || !view.is_ranked()) return false;
  const auto is_eligible = [&view](RegionId region) { return view.eligible.has(region); };
  const auto first = std::ranges::find_if(row->order, is_eligible);
  if (first == row->order.end() || !near.is_near(*first, view.eligible)) return false;
  // Several within the tolerance are a band: weights decide.
  const auto held = [row](auto region) { return row->held[static_cast<size_t>(region - row->order.begin())].value(); };
  const auto second = std::ranges::find_if(first + 1, row->order.end(), is_eligible);
  return second == row->order.end() || spec.tolerance <= Duration::zero() || held(second) > held(first) + spec.tolerance;
}

bool is_swapping(const Steering& steering, const Pool& pool, Family family, const std::vector<bool>& covering) {
  const LiveRows& rows = steering.rows(pool.spec.families_together ? Family::V4 : family);
  const PoolFamily& side = pool.family(family);
  if (!rows.swaps || side.views.empty()) return false;
  if (swaps(pool.spec, side.views[0], rows.median.get(), rows.swaps->median)) return true;
  const size_t count = std::min({covering.size(), rows.by_vantage.size(), rows.swaps->by_vantage.size()});
  for (size_t v = 0; v < count; ++v) {
    const View& view = side.view(static_cast<VantageId>(v));
    if (covering[v] && swaps(pool.spec, view, rows.by_vantage[v].get(), rows.swaps->by_vantage[v])) return true;
  }
  return false;
}

// No data is kept for ttl-min then, whatever the zone says.
bool is_empty_while_down(const PoolFamily& side) {
  return side.may_answer() && std::ranges::any_of(side.views, [](const View& view) { return view.outcome == Outcome::NoData; });
}

}  // namespace

Lowered lowered(const Steering& steering, const Pool& pool, const std::vector<bool>& covering) {
  Lowered told;
  const bool may_swap = pool.heeds_swaps() && std::max<wire::Ttl>(pool.spec.ttl_min, 1) < pool.spec.ttl;
  for (const Family family : {Family::V4, Family::V6}) {
    for (const Answer& answer : pool.family(family).answers) {
      told.failing |= answer.ttl < pool.spec.ttl && answer.ttl_reason == TtlReason::Failing;
      told.all_down |= answer.ttl < pool.spec.ttl && answer.ttl_reason == TtlReason::AllDown;
    }
    told.all_down |= is_empty_while_down(pool.family(family));
    told.swapping |= may_swap && is_swapping(steering, pool, family, covering);
  }
  return told;
}

}  // namespace isochrone::steer
