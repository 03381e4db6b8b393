#include "steer/rank.h"

#include <algorithm>

namespace isochrone::steer {

namespace {

RowView live_row(const std::shared_ptr<const LiveRow>& row) { return row ? row->view() : RowView{}; }

RowView row_of(const RankInput& input, const Source& source) {
  if (!source.is_live()) return input.map.rows().row(source.row);
  if (source.is_predicted()) return input.predicted ? input.predicted->row(source.prediction()) : RowView{};
  if (source.is_observed()) return input.live.observed ? input.live.observed->row(source.observed()) : RowView{};
  const size_t vantage = source.live_vantage();
  return vantage < input.live.by_vantage.size() ? live_row(input.live.by_vantage[vantage]) : RowView{};
}

// Calls use(row, source id) from fine to coarse, the median last, until it returns false.
template <typename Use>
void walk_sources(const RankInput& input, Use use) {
  for (SourceId id = input.finest; id != kNoSource;) {
    const Source& source = input.map.source(id);
    if (!use(row_of(input, source), id)) return;
    id = source.coarser;
  }
  use(live_row(input.live.median), kNoSource);
}

}  // namespace

RegionId best(const RankInput& input) {
  RegionId best = kNoRegion;
  Held best_held{};
  RegionSet missing = input.eligible;
  int missing_count = input.eligible_count;
  const auto all = static_cast<size_t>(input.map.region_count());

  walk_sources(input, [&](const RowView& row, SourceId) {
    bool first_of_row = true;
    for (size_t i = 0; i < row.order.size(); ++i) {
      const RegionId region = row.order[i];
      if (!missing.has(region)) continue;
      if (first_of_row && (best == kNoRegion || row.held[i] < best_held)) best = region, best_held = row.held[i];
      if (row.order.size() == all) return false;  // a complete row leaves nothing to coarser sources
      first_of_row = false;
      missing.remove(region);
      if (--missing_count == 0) return false;
    }
    return true;
  });
  return best;
}

Ranking rank(const RankInput& input) {
  Ranking ranking;
  RegionSet missing = input.eligible;
  std::array<Recorder::Estimate, kMaxRegions> finer;

  walk_sources(input, [&](const RowView& row, SourceId source) {
    const size_t finer_count = ranking.size_;
    std::copy_n(ranking.list_.begin(), finer_count, finer.begin());
    size_t taken = 0, out = 0;
    for (size_t i = 0; i < row.order.size(); ++i) {
      const RegionId region = row.order[i];
      if (!missing.has(region)) continue;
      missing.remove(region);
      while (taken < finer_count && finer[taken].held <= row.held[i]) ranking.list_[out++] = finer[taken++];
      ranking.list_[out++] = {region, row.held[i], source};
    }
    while (taken < finer_count) ranking.list_[out++] = finer[taken++];
    ranking.size_ = out;
    return !missing.empty();
  });
  return ranking;
}

std::optional<Recorder::Estimate> estimate_of(const RankInput& input, RegionId region) {
  std::optional<Recorder::Estimate> out;
  walk_sources(input, [&](const RowView& row, SourceId source) {
    for (size_t i = 0; i < row.order.size() && !out; ++i)
      if (row.order[i] == region) out = {region, row.held[i], source};
    return !out;
  });
  return out;
}

}  // namespace isochrone::steer
