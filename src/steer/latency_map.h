#pragma once
// The latency map: client address → block → sources by fineness → regions in order.
//
// Every prefix of which something is known is a *source node*: a row of cells, and the next coarser source node. The
// addresses are divided into disjoint blocks (RFC 7871 §7.2.1: no two scopes overlap); a block names its finest
// source node. A cell's value is that of the finest source that has it (DESIGN §5.3); the walk from fine to coarse is
// made when a query is answered, so a vantage that measures replaces its one row and touches nothing else.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "steer/region.h"
#include "util/huge_vector.h"
#include "util/ip.h"
#include "util/prefetch.h"
#include "util/prefix_list.h"
#include "util/prefix_map.h"

namespace isochrone::steer {

// A row as it is answered from: regions best first, each with its held estimate. Regions without a cell are absent.
struct RowView {
  std::span<const RegionId> order;
  const Held* held = nullptr;  // as many as order
};

// A row that changes while the server runs: a vantage's, or the median of all of them. Replaced whole.
struct LiveRow {
  std::vector<RegionId> order;
  std::vector<Held> held;
  RowView view() const { return {order, held.data()}; }
};

// Rows of imported tables, packed one behind the other: 3 octets a cell and up to 2 more a row, so that a query
// reads one or two lines of memory for it. Copies share them: only one that has never been copied may be added to.
class TableRows {
 public:
  // `cells`: (region, estimate), any order; of a region named twice the lower estimate counts. Returns what row()
  // wants: below Source::kLive, so 4 GiB in all.
  uint32_t add(std::span<const std::pair<RegionId, Duration>> cells);
  RowView row(uint32_t at) const {
    const uint8_t* octets = begin_ + size_t{at} * 2;
    const size_t count = octets[0];
    // After the count and the regions comes, at an even octet, what is held of each.
    return {{octets + 1, count}, reinterpret_cast<const Held*>(octets + ((1 + count + 1) & ~size_t{1}))};
  }
  void prefetch_row(uint32_t at) const { prefetch(begin_ + size_t{at} * 2); }
  uint32_t size() const { return size_; }
  bool full() const { return octets_->size() / 2 >= kLimit; }
  size_t memory() const { return octets_->capacity(); }

 private:
  static constexpr size_t kLimit = 0x80000000 - 1024;  // leaves room for one row more
  std::shared_ptr<HugeVector<uint8_t>> octets_ = std::make_shared<HugeVector<uint8_t>>();
  const uint8_t* begin_ = nullptr;  // of octets_
  uint32_t size_ = 0;
};

using PredictionId = uint32_t;  // index into LatencyMap::questions()
using ObservedId = uint32_t;    // names a client network that gateways measure; see observed.h
using SourceId = uint32_t;
inline constexpr SourceId kNoSource = UINT32_MAX;

// Index into Steering::localities: where clients are, as far as some pool tells them apart by it.
using LocalityId = uint32_t;
inline constexpr LocalityId kNoLocality = UINT32_MAX;

struct Source {
  static constexpr uint32_t kLive = 0x80000000;  // flag in `row`: the rest is a VantageId; else a row of the tables
  static constexpr uint32_t kPredicted = 0x40000000;  // with kLive: the rest is a PredictionId instead
  static constexpr uint32_t kObserved = 0x20000000;   // with kLive alone: the rest is an ObservedId
  static constexpr uint8_t kNoTable = 255;
  uint32_t row = 0;
  SourceId coarser = kNoSource;
  LocalityId locality = kNoLocality;  // of the clients whose finest source this is
  VantageId vantage = kNoVantage;  // the finest vantage that covers this prefix: whose verdicts its clients follow
  uint8_t prefix_len = 0;          // of the prefix this source was given for
  uint8_t table = kNoTable;        // which `latency: - table`, for explain; kNoTable: none

  bool is_live() const { return row & kLive; }
  bool is_predicted() const { return (row & (kLive | kPredicted)) == (kLive | kPredicted); }
  PredictionId prediction() const { return row & ~(kLive | kPredicted); }
  bool is_observed() const { return (row & (kLive | kPredicted | kObserved)) == (kLive | kObserved); }
  ObservedId observed() const { return row & ~(kLive | kObserved); }
  VantageId live_vantage() const { return static_cast<VantageId>(row); }
};

// What is asked of the prediction: the row of a place, or of a client there some of whose cells are known.
struct PredictionQuestion {
  uint32_t place = 0;              // the installation's number of it
  uint32_t known = kNothingKnown;  // row of the tables: its cells
  static constexpr uint32_t kNothingKnown = UINT32_MAX;
  bool operator==(const PredictionQuestion&) const = default;
};

// What is known of a network beside its own rows, finest first: who measures for its AS and its country, and where it
// stands: for the prediction, and for pools that are routed by place.
struct Surroundings {
  static constexpr uint32_t kNowhere = UINT32_MAX;
  VantageId as_vantage = kNoVantage, country_vantage = kNoVantage;
  uint32_t place = kNowhere;
  LocalityId locality = kNoLocality;
  auto operator<=>(const Surroundings&) const = default;
};

// The predicted rows, by PredictionId; replaced whole at every refit. A row with no cells predicts nothing.
struct Predicted {
  TableRows rows;
  std::vector<uint32_t> row_of;   // by PredictionId: into rows
  std::vector<float> spread_ms;   // by PredictionId: median standard deviation of what is predicted in it
  std::vector<float> taught_ms;   // by PredictionId: the most by which what gateways see of other networks has moved a cell of it
  uint32_t observations = 0;      // that the model has learnt from
  bool geography = false;         // it is distance alone
  RowView row(PredictionId id) const { return id < row_of.size() ? rows.row(row_of[id]) : RowView{}; }
};

// What a block says. Private blocks of which nothing is known send the reader to the resolver (RFC 7871 §10); should
// that be private too, `source` is what is known of everybody (a row of /0).
struct Block {
  SourceId source = kNoSource;
  bool use_resolver = false;
  uint8_t len = 0;     // of the block: what a scope may be
  uint32_t place = 0;  // PrefixMap::Match::place
};

// Static part: built by config at load, shared by every snapshot until the next load.
class LatencyMap {
 public:
  Block find(const IpAddress& address) const { return block_of(blocks_.find(address), address.family); }  // folded addresses only
  Block block_of(const PrefixMap::Match& match, Family family) const {
    if (match.value < kNothing) return {match.value, false, match.block_len, match.place};
    const SourceId everybody = family == Family::V4 ? everybody_v4_ : everybody_v6_;
    return {everybody, match.value == kUseResolver, match.block_len, match.place};
  }
  // Ask for the memory of what find() reads, in its two steps; of a source, and, when that has come, of its row
  // (kNoSource is none).
  void prefetch_root(const IpAddress& address) const { blocks_.prefetch_root(address); }
  void prefetch_node(const IpAddress& address) const { blocks_.prefetch_node(address); }
  void prefetch_source(SourceId id) const {
    if (id != kNoSource) prefetch(&sources_[id]);
  }
  void prefetch_row(SourceId id) const {
    if (id != kNoSource && !sources_[id].is_live()) rows_.prefetch_row(sources_[id].row);
  }
  const Source& source(SourceId id) const { return sources_[id]; }
  const TableRows& rows() const { return rows_; }
  int region_count() const { return regions_; }
  // Nothing divides the clients: every ranking is the same for all of them.
  bool is_trivial() const { return sources_.empty(); }
  uint32_t source_count() const { return static_cast<uint32_t>(sources_.size()); }
  size_t memory() const;  // octets
  const PrefixMap& blocks() const { return blocks_; }  // values: SourceId, kNothing, …

  // What the prediction is to answer; the first of them are the places', in their order.
  const std::vector<PredictionQuestion>& questions() const { return questions_; }
  // Rows of the tables whose place is known, a few of each place: what a model can learn from. `known` is the row.
  const std::vector<PredictionQuestion>& placed_rows() const { return placed_rows_; }

  // Where a network that gateways measure stands in the chains; kNoSource: nowhere in this map.
  SourceId observed(ObservedId id) const { return id < observed_.size() ? observed_[id] : kNoSource; }
  // Whether it remembers enough for with_observed().
  bool can_be_observed() const { return stored_ != nullptr; }

  static constexpr uint32_t kNothing = PrefixMap::kMaxValue - 2;  // nothing is known here: only there to divide
  static constexpr uint32_t kUseResolver = PrefixMap::kMaxValue - 1;
  static constexpr uint32_t kNotAsked = PrefixMap::kMaxValue;  // IPv6 that folds to IPv4: only there to divide

 private:
  friend class LatencyMapBuilder;
  friend class MapWeaver;
  friend class ObservedWeaver;
  explicit LatencyMap(int regions) : regions_(regions) {}
  PrefixMap blocks_;
  HugeVector<Source> sources_;
  TableRows rows_;
  SourceId everybody_v4_ = kNoSource, everybody_v6_ = kNoSource;  // rows of 0.0.0.0/0 and ::/0
  std::vector<PredictionQuestion> questions_, placed_rows_;
  std::vector<SourceId> observed_;  // by ObservedId
  std::shared_ptr<const PrefixList> stored_;  // what blocks_ was made of, ascending; or null
  int regions_;
};

// Collects prefixes in any order; one thread. At equal prefixes a vantage comes before a table, and an earlier table
// before a later one. IPv6 prefixes that stand for IPv4 ones are folded. Surroundings come after every explicit prefix
// of a client, whichever is longer, and before the rows of /0 (DESIGN §5.3); the innermost prefix's count.
class LatencyMapBuilder {
 public:
  // More sources than fit into a map's entry; add_… returns false when they are used up, or the rows' 4 GiB are.
  static constexpr size_t kMaxSources = LatencyMap::kNothing;

  explicit LatencyMapBuilder(int regions);
  // `table`: 0–254, in the order configured.
  bool add_row(const Prefix& prefix, std::span<const std::pair<RegionId, Duration>> cells, int table);
  bool add_cover(const Prefix& prefix, VantageId vantage);
  // Of equal prefixes the first one added counts.
  bool add_surroundings(const Prefix& prefix, const Surroundings& surroundings);
  // Tells these clients apart from others, without saying anything of their latency: a block ends where it does.
  void add_divider(const Prefix& prefix);
  // `places`: how many there are, numbered from 0. `observed`: the map can be given to with_observed(), which costs a
  // PrefixList.
  std::shared_ptr<const LatencyMap> build(uint32_t places = 0, bool observed = false) &&;

  // Rows with missing cells that are predicted by themselves; further ones are predicted by their place alone.
  static constexpr size_t kMostConditioned = 100000;
  static constexpr size_t kPlacedRowsOfAPlace = 4;

 private:
  friend class MapWeaver;
  struct Entry {
    Prefix prefix;
    uint8_t table;  // Source::kNoTable: a vantage
    uint32_t row;   // as Source::row; kSurroundings + index into surroundings_
    // Coarse before fine; at equal prefixes as they are to be asked.
    bool operator<(const Entry& o) const;
  };
  static constexpr uint32_t kSurroundings = Source::kLive | Source::kPredicted;  // flag; comes behind all others
  bool add(const Entry& entry);
  std::vector<Entry> entries_;
  std::vector<Surroundings> surroundings_;
  std::map<Surroundings, uint32_t> known_surroundings_;
  std::vector<Prefix> dividers_;
  std::unique_ptr<LatencyMap> map_;
};

}  // namespace isochrone::steer
