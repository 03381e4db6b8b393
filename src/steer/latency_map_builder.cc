#include <algorithm>
#include <cassert>
#include <map>

#include "steer/latency_map.h"

namespace isochrone::steer {

LatencyMapBuilder::LatencyMapBuilder(int regions) : map_(new LatencyMap(regions)) {}

bool LatencyMapBuilder::Entry::operator<(const Entry& o) const {
  if (const auto order = prefix <=> o.prefix; order != 0) return order < 0;
  const bool around = row >= kSurroundings, other_around = o.row >= kSurroundings;
  if (around || other_around) return !around;  // two of them: as they came
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

bool LatencyMapBuilder::add_surroundings(const Prefix& prefix, const Surroundings& surroundings) {
  const auto [at, is_new] = known_surroundings_.try_emplace(surroundings, static_cast<uint32_t>(surroundings_.size()));
  if (is_new) surroundings_.push_back(surroundings);
  return add({fold(prefix).prefix, Source::kNoTable, kSurroundings + at->second});
}

void LatencyMapBuilder::add_divider(const Prefix& prefix) { dividers_.push_back(fold(prefix).prefix); }

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

void merge_into(Stored& sorted, Stored added) {
  std::sort(added.begin(), added.end(), before);
  const auto middle = static_cast<std::ptrdiff_t>(sorted.size());
  sorted.insert(sorted.end(), added.begin(), added.end());
  std::inplace_merge(sorted.begin(), sorted.begin() + middle, sorted.end(), before);
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
  merge_into(sorted, std::move(dividers));
}

// What the longest stored prefix around `prefix` says, itself included.
uint32_t value_around(const Stored& sorted, const Prefix& prefix) {
  for (int len = prefix.len; len >= 0; --len) {
    const auto wanted = std::pair{Prefix::make(prefix.address, len), 0u};
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), wanted, before);
    if (at != sorted.end() && at->first == wanted.first) return at->second;
  }
  return LatencyMap::kNothing;
}

// Prefixes that only divide: on both sides of them stands what stood there before.
void divide_further(Stored& sorted, std::vector<Prefix> prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  Stored dividers;
  for (const Prefix& prefix : prefixes)
    if (!std::binary_search(sorted.begin(), sorted.end(), std::pair{prefix, 0u}, before))
      dividers.emplace_back(prefix, value_around(sorted, prefix));
  merge_into(sorted, std::move(dividers));
}

}  // namespace

// Links sources into chains from fine to coarse: explicit prefixes, then what surrounds the client (its *tail*), then
// the rows of /0. An explicit row around two places is in two chains: it is copied, with another tail.
class MapWeaver {
 public:
  MapWeaver(LatencyMapBuilder& builder, uint32_t places) : builder_(builder), map_(*builder.map_) {
    for (uint32_t place = 0; place < places; ++place) map_.questions_.push_back({place});
    placed_.resize(places);
  }

  std::vector<std::pair<Prefix, uint32_t>> weave() {
    const auto& entries = builder_.entries_;
    map_.sources_.reserve(entries.size());
    Stored stored;
    stored.reserve(entries.size() + private_blocks().size() + folding_blocks().size());
    for (size_t first = 0, end; first < entries.size(); first = end) {
      const Prefix& prefix = entries[first].prefix;
      for (end = first + 1; end < entries.size() && entries[end].prefix == prefix;) ++end;
      stored.emplace_back(prefix, add_prefix(prefix, first, end));
    }
    return stored;
  }

 private:
  using Entry = LatencyMapBuilder::Entry;

  // Sources that come after all explicit ones; the same for many prefixes.
  struct Tail {
    PredictionId prediction = kNone;
    VantageId as_vantage = kNoVantage, country_vantage = kNoVantage;
    LocalityId locality = kNoLocality;
    static constexpr PredictionId kNone = UINT32_MAX;
    auto operator<=>(const Tail&) const = default;
    VantageId vantage() const { return as_vantage != kNoVantage ? as_vantage : country_vantage; }
  };
  struct Enclosing {  // a stored prefix around the one at hand
    Prefix prefix;
    SourceId finest = kNoSource;
    VantageId vantage = kNoVantage;  // of explicit prefixes
    Surroundings around;
    Tail tail;
  };

  // The finest source of the prefix.
  SourceId add_prefix(const Prefix& prefix, size_t first, size_t end) {
    const auto& entries = builder_.entries_;
    while (!enclosing_.empty() && !enclosing_.back().prefix.contains(prefix)) enclosing_.pop_back();
    const Enclosing outer = enclosing_.empty() ? Enclosing{} : enclosing_.back();
    Enclosing inner = outer;
    inner.prefix = prefix;
    size_t explicit_end = end;
    while (explicit_end != first && entries[explicit_end - 1].row >= LatencyMapBuilder::kSurroundings) --explicit_end;
    if (explicit_end != end) inner.around = builder_.surroundings_[entries[explicit_end].row - LatencyMapBuilder::kSurroundings];
    if (explicit_end != first && is_vantage(entries[first])) inner.vantage = entries[first].row & UINT16_MAX;
    if (explicit_end != end || explicit_end != first) inner.tail = tail_of(inner.around, first, explicit_end, outer.tail);

    if (prefix.len == 0) {
      // Rows of everybody are the coarsest of all: behind the tail, not before it.
      base(prefix.family()) = append(prefix, first, explicit_end, kNoSource, inner.vantage, kNoLocality);
      inner.finest = end_with(inner.tail, prefix.family());
    } else {
      const SourceId coarser = inner.tail == outer.tail && outer.finest != kNoSource
                                   ? outer.finest
                                   : with_tail(outer.finest, outer.vantage, inner.tail, prefix.family());
      const VantageId vantage = inner.vantage != kNoVantage ? inner.vantage : inner.tail.vantage();
      inner.finest = append(prefix, first, explicit_end, coarser, vantage, inner.tail.locality);
    }
    enclosing_.push_back(inner);
    return inner.finest;
  }

  static bool is_vantage(const Entry& entry) { return entry.row & Source::kLive; }

  // Sources of the explicit entries, one behind the other and `coarser` behind the last.
  SourceId append(const Prefix& prefix, size_t first, size_t end, SourceId coarser, VantageId vantage, LocalityId locality) {
    if (first == end) return coarser;
    const auto finest = static_cast<SourceId>(map_.sources_.size());
    for (size_t i = first; i < end; ++i) {
      const SourceId next = i + 1 < end ? static_cast<SourceId>(map_.sources_.size() + 1) : coarser;
      const Entry& entry = builder_.entries_[i];
      map_.sources_.push_back({entry.row, next, locality, vantage, prefix.len, entry.table});
    }
    return finest;
  }

  // A table row with missing cells gets a prediction of its own, from those it has.
  Tail tail_of(const Surroundings& around, size_t first, size_t end, const Tail& outer) {
    Tail tail{around.place != Surroundings::kNowhere ? around.place : Tail::kNone, around.as_vantage, around.country_vantage,
              around.locality};
    if (tail.prediction == Tail::kNone) return tail;
    while (first != end && is_vantage(builder_.entries_[first])) ++first;
    if (first == end) {
      // Inside a row that has its own prediction, and of the same place: that one.
      const bool same = outer.prediction != Tail::kNone && map_.questions_[outer.prediction].place == around.place;
      if (same) tail.prediction = outer.prediction;
      return tail;
    }
    const uint32_t row = builder_.entries_[first].row;
    if (placed_[around.place]++ < LatencyMapBuilder::kPlacedRowsOfAPlace) map_.placed_rows_.push_back({around.place, row});
    if (map_.rows_.row(row).order.size() == static_cast<size_t>(map_.regions_) || conditioned_ == LatencyMapBuilder::kMostConditioned) return tail;
    ++conditioned_;
    tail.prediction = static_cast<PredictionId>(map_.questions_.size());
    map_.questions_.push_back({around.place, row});
    return tail;
  }

  // Only explicit sources have a length: tails are for whoever they are behind, /0 for everybody.
  bool is_explicit(SourceId id) const { return id != kNoSource && map_.sources_[id].prefix_len != 0; }

  // The explicit sources of a chain, with another tail behind them.
  SourceId with_tail(SourceId from, VantageId vantage, const Tail& tail, Family family) {
    std::vector<SourceId> chain;
    for (SourceId id = from; is_explicit(id); id = map_.sources_[id].coarser) chain.push_back(id);
    SourceId finest = end_with(tail, family);
    for (; !chain.empty(); chain.pop_back()) {
      const auto [known, is_new] = copies_.try_emplace({chain.back(), finest}, static_cast<SourceId>(map_.sources_.size()));
      if (is_new) {
        Source copy = map_.sources_[chain.back()];
        copy.coarser = finest;
        copy.locality = tail.locality;
        copy.vantage = vantage != kNoVantage ? vantage : tail.vantage();
        map_.sources_.push_back(copy);
      }
      finest = known->second;
    }
    return finest;
  }

  SourceId end_with(const Tail& tail, Family family) {
    const auto known = tails_.find({tail, family});
    if (known != tails_.end()) return known->second;
    SourceId id = base(family);
    const auto put = [&](uint32_t row) {
      const VantageId vantage = tail.vantage() != kNoVantage ? tail.vantage() : id == kNoSource ? kNoVantage : map_.sources_[id].vantage;
      map_.sources_.push_back({row, id, tail.locality, vantage, 0, Source::kNoTable});
      id = static_cast<SourceId>(map_.sources_.size() - 1);
    };
    if (tail.prediction != Tail::kNone) put(Source::kLive | Source::kPredicted | tail.prediction);
    if (tail.country_vantage != kNoVantage) put(Source::kLive | tail.country_vantage);
    if (tail.as_vantage != kNoVantage && tail.as_vantage != tail.country_vantage) put(Source::kLive | tail.as_vantage);
    const bool none = tail.prediction == Tail::kNone && tail.vantage() == kNoVantage;
    if (none && tail.locality != kNoLocality) put(Source::kLive | kNoVantage);  // a row without cells, to name the locality
    tails_.emplace(std::pair{tail, family}, id);
    return id;
  }

  SourceId& base(Family family) { return family == Family::V4 ? map_.everybody_v4_ : map_.everybody_v6_; }

  LatencyMapBuilder& builder_;
  LatencyMap& map_;
  std::vector<Enclosing> enclosing_;  // widest first
  std::map<std::pair<Tail, Family>, SourceId> tails_;
  std::map<std::pair<SourceId, SourceId>, SourceId> copies_;  // (explicit source, what is behind it)
  std::vector<uint32_t> placed_;  // by place: table rows there
  size_t conditioned_ = 0;
};

std::shared_ptr<const LatencyMap> LatencyMapBuilder::build(uint32_t places, bool observed) && {
  if (!std::is_sorted(entries_.begin(), entries_.end())) std::stable_sort(entries_.begin(), entries_.end());
  Stored stored = MapWeaver(*this, places).weave();
  // Nothing is known of a place whose surroundings are empty, though something may be of the one around it.
  for (auto& [prefix, source] : stored)
    if (source == kNoSource) source = LatencyMap::kNothing;
  entries_ = {};
  add_dividers(stored);
  divide_further(stored, std::move(dividers_));
  PrefixList list(stored);
  stored = {};
  map_->blocks_ = PrefixMap(list);
  if (observed) map_->stored_ = std::make_shared<const PrefixList>(std::move(list));
  return std::move(map_);
}

}  // namespace isochrone::steer
