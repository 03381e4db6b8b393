#include <algorithm>
#include <cassert>

#include "steer/latency_map.h"

namespace isochrone::steer {

LatencyMapBuilder::LatencyMapBuilder(int regions) : map_(new LatencyMap(regions)) {}

bool LatencyMapBuilder::Entry::operator<(const Entry& o) const {
  if (const auto order = prefix <=> o.prefix; order != 0) return order < 0;
  const bool vantage = row & Source::kLive, other_vantage = o.row & Source::kLive;
  if (vantage != other_vantage) return vantage;
  if (table != o.table) return table < o.table;
  return row < o.row;  // vantages by number; rows of one table as they came
}

bool LatencyMapBuilder::add_row(const Prefix& prefix, std::span<const std::pair<RegionId, Duration>> cells,
                                int table) {
  assert(table >= 0 && table < Source::kNoTable);
  if (map_->rows_.full()) return false;
  return add({fold(prefix).prefix, static_cast<uint8_t>(table), map_->rows_.add(cells)});
}

bool LatencyMapBuilder::add_cover(const Prefix& prefix, VantageId vantage) {
  return add({fold(prefix).prefix, Source::kNoTable, Source::kLive | vantage});
}

bool LatencyMapBuilder::add(const Entry& entry) {
  if (entries_.size() == kMaxSources) return false;
  entries_.push_back(entry);
  return true;
}

namespace {

using Stored = std::vector<std::pair<Prefix, uint32_t>>;

bool before(const std::pair<Prefix, uint32_t>& a, const std::pair<Prefix, uint32_t>& b) { return a.first < b.first; }

// Whether a prefix of at least one bit is stored that is `prefix` or holds it.
bool is_covered(const Stored& sorted, const Prefix& prefix) {
  for (int len = 1; len <= prefix.len; ++len)
    if (std::binary_search(sorted.begin(), sorted.end(), std::pair{Prefix::make(prefix.address, len), 0u}, before))
      return true;
  return false;
}

// What divides the addresses beside our own rows. A row inside a private block takes its part out of it; of the rest
// of the block we still know nothing (RFC 7871 §10). Where IPv6 stands for IPv4 no other block may reach into it, or
// the scope of a plain IPv6 client would cover clients that are answered as IPv4 ones.
void add_dividers(Stored& sorted) {
  Stored dividers;
  for (const Prefix& block : private_blocks())
    if (!is_covered(sorted, block)) dividers.emplace_back(block, LatencyMap::kUseResolver);
  for (const Prefix& block : folding_blocks())
    if (!std::binary_search(sorted.begin(), sorted.end(), std::pair{block, 0u}, before))
      dividers.emplace_back(block, LatencyMap::kNotAsked);
  std::sort(dividers.begin(), dividers.end(), before);
  const auto middle = static_cast<std::ptrdiff_t>(sorted.size());
  sorted.insert(sorted.end(), dividers.begin(), dividers.end());
  std::inplace_merge(sorted.begin(), sorted.begin() + middle, sorted.end(), before);
}

}  // namespace

std::shared_ptr<const LatencyMap> LatencyMapBuilder::build() && {
  if (!std::is_sorted(entries_.begin(), entries_.end())) std::sort(entries_.begin(), entries_.end());

  struct Enclosing {
    Prefix prefix;
    SourceId finest;
    VantageId vantage;
  };
  std::vector<Enclosing> enclosing;  // the stored prefixes around the one at hand, widest first
  Stored stored;
  stored.reserve(entries_.size() + private_blocks().size() + folding_blocks().size());
  auto& sources = map_->sources_;
  sources.reserve(entries_.size());

  for (size_t first = 0, end; first < entries_.size(); first = end) {
    const Prefix& prefix = entries_[first].prefix;
    for (end = first + 1; end < entries_.size() && entries_[end].prefix == prefix;) ++end;
    while (!enclosing.empty() && !enclosing.back().prefix.contains(prefix)) enclosing.pop_back();
    const SourceId coarser = enclosing.empty() ? kNoSource : enclosing.back().finest;
    VantageId vantage = enclosing.empty() ? kNoVantage : enclosing.back().vantage;
    if (const uint32_t row = entries_[first].row; row & Source::kLive) vantage = static_cast<VantageId>(row);

    const auto finest = static_cast<SourceId>(sources.size());
    for (size_t i = first; i < end; ++i) {
      const SourceId next = i + 1 < end ? static_cast<SourceId>(sources.size() + 1) : coarser;
      sources.push_back({entries_[i].row, next, vantage, prefix.len, entries_[i].table});
    }
    stored.emplace_back(prefix, finest);
    enclosing.push_back({prefix, finest, vantage});
    if (prefix.len == 0) (prefix.family() == Family::V4 ? map_->everybody_v4_ : map_->everybody_v6_) = finest;
  }
  entries_ = {};
  add_dividers(stored);
  map_->blocks_ = PrefixMap(stored);
  return std::move(map_);
}

}  // namespace isochrone::steer
