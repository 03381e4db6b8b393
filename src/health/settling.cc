// What of the ledger acts: offsets, corrections, and how calmly they follow.

#include <algorithm>
#include <cmath>
#include <utility>

#include "health/ledger.h"

namespace isochrone::health {

using steer::Held;
using steer::ObservedId;

namespace {

constexpr double kLeastEstimateUs = 10;  // one step of Held
constexpr uint32_t kSinceMask = 0x7fffffff;

struct Weighed {
  double value = 0, weight = 0;
};

// Between the two values around half of the weight; of two values their mean by weight, so that nothing jumps where one
// comes to weigh more than the other.
double weighted_median(std::vector<Weighed> list) {
  std::ranges::sort(list, {}, &Weighed::value);
  double all = 0;
  for (const Weighed& w : list) all += w.weight;
  double before = 0, last_middle = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const double middle = before + list[i].weight / 2;
    if (middle >= all / 2) {
      if (i == 0 || middle == last_middle) return list[i].value;
      const double part = (all / 2 - last_middle) / (middle - last_middle);
      return list[i - 1].value + part * (list[i].value - list[i - 1].value);
    }
    last_middle = middle;
    before += list[i].weight;
  }
  return list.back().value;
}

Held held_of_us(double us) { return Held::from(std::chrono::microseconds(std::llround(std::max(us, kLeastEstimateUs)))); }
double us_of(Duration d) { return std::chrono::duration<double, std::micro>(d).count(); }
double us_of(Held held) { return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(held.value()).count()); }

}  // namespace

Ledger::Rows Ledger::settle(const steer::Steering& steering, size_t most, Time now, uint32_t unix_now) {
  Rows out;
  std::vector<ObservedId> waiting;
  const size_t count = std::min(most, queue_.size());
  for (size_t i = 0; i < count; ++i) {
    const ObservedId id = queue_[i];
    Row& row = rows_[id];
    row.is_queued = false;
    drop_old(row, now);
    for (const Family family : {Family::V4, Family::V6}) {
      const size_t side = family == Family::V6;
      const auto had = steering.rows(family).observed;
      steer::ObservedRow made;
      if (settle_row(id, steering, family, now, unix_now, made)) waiting.push_back(id);
      const bool same = made.cells.empty() && (!had || had->cells(id).empty());
      if (!same) out[side].push_back(std::move(made));
    }
    if (row.is_used && row.cells.empty()) retire(id);
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  for (const ObservedId id : waiting) queue(id);
  return out;
}

void Ledger::drop_old(Row& row, Time now) {
  const bool taught = teaches(row);
  const size_t dropped = std::erase_if(row.cells, [&](const Cell& c) { return now - c.at > rules_.max_age; });
  cells_ -= dropped;
  lessons_number_ += taught && dropped != 0;
}

// What the cells of a row are compared with.
struct Ledger::Baseline {
  bool any = false;                            // something coarser is known
  std::vector<std::optional<double>> us;       // by cell: the coarser estimate; the cells' own median where nothing coarser is known
  std::vector<double> most_us;                 // by cell: how far it may be moved
  double offset_us = 0;                        // what the clients' access networks add: the median difference
};

Ledger::Baseline Ledger::baseline_of(ObservedId id, const Row& row, const steer::Steering& steering, Family family) const {
  const double bound = us_of(rules_.correction) / 2;
  Baseline base{.us = std::vector<std::optional<double>>(row.cells.size()), .most_us = std::vector<double>(row.cells.size(), bound)};
  for (size_t i = 0; i < row.cells.size(); ++i)
    if (const auto found = coarser_estimate(steering, id, family, row.cells[i].region)) {
      base.us[i] = us_of(found->held);
      base.any = true;
      base.most_us[i] = std::max(0.0, bound - found->taught_ms * 1000.0);
    }
  if (!base.any) {
    std::vector<Weighed> seen;
    for (const Cell& cell : row.cells) seen.push_back({cell.rtt_us, cell.trust()});
    for (auto& us : base.us) us = weighted_median(seen);
  }
  std::vector<Weighed> differences;
  for (size_t i = 0; i < row.cells.size(); ++i)
    if (base.us[i]) differences.push_back({row.cells[i].rtt_us - *base.us[i], row.cells[i].trust()});
  base.offset_us = weighted_median(differences);
  return base;
}

// The baseline moves calmly itself: where it has moved, the row follows at once, or it would be moved twice while it waits for a dwell.
bool Ledger::has_moved(const Baseline& base, const Row& row, size_t side) const {
  if (!base.any) return false;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const float against = row.cells[i].against_us[side];
    if (base.us[i] && against > 0 && std::abs(*base.us[i] - against) > us_of(rules_.margin)) return true;
  }
  return false;
}

// True where a correction waits for `dwell` to pass.
bool Ledger::settle_row(ObservedId id, const steer::Steering& steering, Family family, Time now, uint32_t unix_now, steer::ObservedRow& out) {
  const size_t side = family == Family::V6;
  Row& row = rows_[id];
  out.id = id;
  if (row.cells.empty() || steering.map->observed(id) == steer::kNoSource) return false;
  const Baseline base = baseline_of(id, row, steering, family);
  const bool at_once = has_moved(base, row, side);
  bool waits = false;
  std::vector<Weighed> spreads;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    Cell& cell = row.cells[i];
    spreads.push_back({cell.spread_us, cell.weight});
    const double most = base.most_us[i], wanted = base.us[i] ? cell.trust() * (cell.rtt_us - *base.us[i] - base.offset_us) : 0;
    cell.is_clipped[side] = std::abs(wanted) > most;
    const double target = std::clamp(wanted, -most, most);
    Calm& moved = cell.moved[side];
    if (at_once) moved = {.us = static_cast<float>(target)};
    if (base.any && base.us[i] && (at_once || cell.against_us[side] == 0)) cell.against_us[side] = static_cast<float>(*base.us[i]);
    moved.us = static_cast<float>(std::clamp<double>(moved.us, -most, most));
    waits |= follow(moved, target, now);
    out.cells.push_back(told_of(cell, side, base.us[i], now, unix_now));
  }
  out.spread = held_of_us(weighted_median(spreads));
  out.offset_us = static_cast<int32_t>(std::lround(base.offset_us));
  return waits;
}

steer::ObservedCell Ledger::told_of(const Cell& cell, size_t side, std::optional<double> coarser_us, Time now, uint32_t unix_now) {
  steer::ObservedCell told{.region = cell.region, .is_clipped = cell.is_clipped[side]};
  told.samples = static_cast<uint16_t>(std::clamp(std::lround(cell.weight), 1L, 65535L));
  told.rtt = held_of_us(cell.rtt_us);
  told.moved_us = static_cast<int32_t>(std::lround(cell.moved[side].us));
  told.is_moved = coarser_us && told.moved_us != 0;
  if (told.is_moved) told.estimate = held_of_us(*coarser_us + cell.moved[side].us);
  told.at = unix_now - static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now - cell.at).count());
  return told;
}

// Where it has been off by more than the margin for `dwell`. True: it waits.
bool Ledger::follow(Calm& calm, double target_us, Time now) const {
  const auto ms = static_cast<uint32_t>(std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
  if (!calm.waits) calm.since_ms = ms & kSinceMask;
  calm.waits = std::abs(target_us - calm.us) > us_of(rules_.margin);
  if (!calm.waits) return false;
  if (std::chrono::milliseconds((ms - calm.since_ms) & kSinceMask) < rules_.dwell) return true;
  calm.us = static_cast<float>(target_us);
  calm.waits = false;
  return false;
}

}  // namespace isochrone::health
