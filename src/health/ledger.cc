#include "health/ledger.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace isochrone::health {

using steer::ObservedId;
using steer::RegionId;

namespace {

float micros(Duration d) { return std::chrono::duration<float, std::micro>(d).count(); }
Duration from_micros(double us) { return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::micro>(us)); }

}  // namespace

size_t Ledger::HashPrefix::operator()(const Prefix& prefix) const {
  // The 48 bits that tell networks apart, spread; with the family, which tells 0.0.0.0/24 from ::/48.
  uint64_t bits = prefix.len;
  for (int i = 0; i < 6; ++i) bits = bits << 8 | prefix.address.octets[static_cast<size_t>(i)];
  return static_cast<size_t>((bits ^ bits >> 29) * 0x9e3779b97f4a7c15u >> 7);
}

void Ledger::configure(const std::vector<steer::Region>& regions, const SteeringRules& rules) {
  rules_ = rules;
  std::vector<RegionId> now_called(regions_.size(), steer::kNoRegion);
  for (size_t old = 0; old < regions_.size(); ++old)
    for (size_t r = 0; r < regions.size(); ++r)
      if (regions[r].name == regions_[old]) now_called[old] = static_cast<RegionId>(r);
  regions_.clear();
  for (const steer::Region& region : regions) regions_.push_back(region.name);
  for (Row& row : rows_) {
    for (Cell& cell : row.cells) cell.region = now_called[cell.region];
    cells_ -= std::erase_if(row.cells, [](const Cell& c) { return c.region == steer::kNoRegion; });
  }
  ++lessons_number_;
  touch_all();
}

void Ledger::take(RegionId region, std::span<const Observation> networks, Time now) {
  for (const Observation& seen : networks) {
    Row& row = row_of(seen.network);
    Cell& cell = cell_of(row, region);
    merge(cell, seen, now);
    if (hold(cell, now) && teaches(row)) ++lessons_number_;
    queue(static_cast<ObservedId>(&row - rows_.data()));
  }
}

Ledger::Row& Ledger::row_of(const Prefix& network) {
  if (const auto known = by_network_.find(network); known != by_network_.end()) return rows_[known->second];
  if (by_network_.size() >= kMostNetworks || cells_ >= kMostCells) make_room();
  ObservedId id = static_cast<ObservedId>(rows_.size());
  if (free_.empty()) rows_.emplace_back();
  else id = free_.back(), free_.pop_back();
  by_network_.emplace(network, id);
  rows_[id].network = network;
  rows_[id].is_used = true;
  changed_ = number_ + 1;
  return rows_[id];
}

Ledger::Cell& Ledger::cell_of(Row& row, RegionId region) {
  const auto known = std::ranges::find(row.cells, region, &Cell::region);
  if (known != row.cells.end()) return *known;
  ++cells_;
  Cell& cell = row.cells.emplace_back();
  cell.region = region;
  return cell;
}

// Older samples count less and less as newer ones come; without newer ones they stand as they are.
void Ledger::merge(Cell& cell, const Observation& seen, Time now) {
  const Time heard = now - seen.age;
  const double apart = to_seconds(heard - cell.at) / to_seconds(kHalfLife);
  const double before = cell.weight * (cell.weight > 0 && apart > 0 ? std::exp2(-apart) : 1);
  const double added = std::min<double>(seen.samples, kMostWeight);
  const double share = added / (before + added);
  cell.rtt_us += static_cast<float>(share) * (micros(seen.rtt) - cell.rtt_us);
  cell.spread_us += static_cast<float>(share) * (micros(seen.spread) - cell.spread_us);
  cell.least_us = cell.weight > 0 ? std::min(cell.least_us, micros(seen.least)) : micros(seen.least);
  cell.at = cell.weight > 0 ? std::max(cell.at, heard) : heard;
  cell.weight = static_cast<float>(std::min(before + added, kMostWeight));
}

// What the prediction learns from. True: it is another than before.
bool Ledger::hold(Cell& cell, Time now) const {
  if (cell.weight < kDoubt) return false;
  const float before = cell.held.us;
  if (before == 0) cell.held.us = cell.rtt_us;
  else follow(cell.held, cell.rtt_us, now);
  return cell.held.us != before;
}

// Of one cell alone nobody can tell the way from the access network.
bool Ledger::teaches(const Row& row) {
  return std::ranges::count_if(row.cells, [](const Cell& c) { return c.held.us > 0; }) >= 2;
}

// A hundredth of them goes at once, so that a flood does not cost a sort for every network.
void Ledger::make_room() {
  struct Candidate {
    size_t gateways;
    Time at;
    ObservedId id;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> all;
  all.reserve(by_network_.size());
  for (const auto& [network, id] : by_network_) {
    Candidate candidate{rows_[id].cells.size(), Time::min(), id};
    for (const Cell& cell : rows_[id].cells) candidate.at = std::max(candidate.at, cell.at);
    all.push_back(candidate);
  }
  const size_t going = std::max<size_t>(1, all.size() / 100);
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(going - 1), all.end());
  for (size_t i = 0; i < going; ++i) retire(all[i].id);
  evicted_ += going;
}

// Its number is not given to another network while a map may have it.
void Ledger::retire(ObservedId id) {
  Row& row = rows_[id];
  by_network_.erase(row.network);
  cells_ -= row.cells.size();
  lessons_number_ += teaches(row);
  row.cells.clear();
  row.is_used = false;
  retired_.push_back({id, number_ + 1});
  changed_ = number_ + 1;
  queue(id);
}

void Ledger::queue(ObservedId id) {
  if (rows_[id].is_queued) return;
  rows_[id].is_queued = true;
  queue_.push_back(id);
}

void Ledger::touch_all() {
  for (ObservedId id = 0; id < rows_.size(); ++id)
    if (rows_[id].is_used) queue(id);
}

Ledger::Networks Ledger::networks() {
  Networks out{{}, ++number_};
  out.list.reserve(by_network_.size());
  for (const auto& [network, id] : by_network_) out.list.push_back({network, id});
  return out;
}

void Ledger::woven(uint64_t number) {
  woven_ = std::max(woven_, number);
  std::erase_if(retired_, [&](const Retired& r) {
    if (r.number <= number) free_.push_back(r.id);
    return r.number <= number;
  });
  touch_all();
}

std::vector<Lesson> Ledger::lessons() const {
  std::vector<Lesson> out;
  for (const Row& row : rows_) {
    if (!teaches(row)) continue;
    for (const Cell& cell : row.cells)
      if (cell.held.us > 0) out.push_back({row.network, cell.region, from_micros(cell.held.us)});
  }
  std::ranges::sort(out, {}, [](const Lesson& l) { return std::tie(l.network, l.region); });
  return out;
}

std::vector<Ledger::Column> Ledger::columns() const {
  std::vector<Column> out(regions_.size());
  for (const Row& row : rows_)
    for (const Cell& cell : row.cells) {
      Column& column = out[cell.region];
      ++column.cells;
      column.moved += cell.moved[0].us != 0 || cell.moved[1].us != 0;
      column.clipped += cell.is_clipped[0] || cell.is_clipped[1];
    }
  return out;
}

std::vector<SavedCell> Ledger::save(Time now) const {
  std::vector<SavedCell> out;
  out.reserve(cells_);
  for (const Row& row : rows_)
    for (const Cell& cell : row.cells)
      out.push_back({row.network, regions_[cell.region], from_micros(cell.rtt_us), from_micros(cell.spread_us), from_micros(cell.least_us),
                     now - cell.at, cell.weight, {from_micros(cell.moved[0].us), from_micros(cell.moved[1].us)}});
  return out;
}

void Ledger::restore(std::span<const SavedCell> cells, Duration downtime, Time now) {
  const double most_us = micros(rules_.correction) / 2;
  for (const SavedCell& saved : cells) {
    const auto region = std::ranges::find(regions_, saved.region);
    const Duration age = saved.age + downtime;
    if (region == regions_.end() || age > rules_.max_age) continue;
    Row& row = row_of(saved.network);
    Cell& cell = cell_of(row, static_cast<RegionId>(region - regions_.begin()));
    merge(cell, {saved.network, 1, saved.rtt, saved.spread, saved.least, age}, now);
    cell.weight = static_cast<float>(std::min(saved.weight, kMostWeight));
    if (hold(cell, now)) ++lessons_number_;
    for (const size_t side : {0, 1}) cell.moved[side].us = static_cast<float>(std::clamp<double>(micros(saved.moved[side]), -most_us, most_us));
    queue(static_cast<ObservedId>(&row - rows_.data()));
  }
}

}  // namespace isochrone::health
