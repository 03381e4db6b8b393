#pragma once
// The latency map: client address → block → sources by fineness → regions in order.
//
// Every prefix of which something is known is a *source node*: a row of cells, and the next coarser source node. The
// addresses are divided into disjoint blocks (RFC 7871 §7.2.1: no two scopes overlap); a block names its finest
// source node. A cell's value is that of the finest source that has it (DESIGN §5.3); the walk from fine to coarse is
// made when a query is answered, so a vantage that measures replaces its one row and touches nothing else.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "steer/region.h"
#include "util/ip.h"
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

// Rows of imported tables, packed: `stride` cells a row, 3 octets a cell. Immutable.
class TableRows {
 public:
  explicit TableRows(int stride) : stride_(stride) {}
  // `cells`: (region, estimate), any order, at most `stride`. Returns the row's number.
  uint32_t add(std::span<const std::pair<RegionId, Duration>> cells);
  RowView row(uint32_t n) const;
  uint32_t size() const { return static_cast<uint32_t>(counts_.size()); }
  size_t memory() const;

 private:
  int stride_;
  std::vector<uint8_t> counts_;
  std::vector<RegionId> order_;
  std::vector<Held> held_;
};

using SourceId = uint32_t;
inline constexpr SourceId kNoSource = UINT32_MAX;

struct Source {
  static constexpr uint32_t kLive = 0x80000000;  // flag in `row`: the rest is a VantageId; else a row of the tables
  uint32_t row = 0;
  SourceId coarser = kNoSource;
  VantageId vantage = kNoVantage;  // the finest vantage that covers this prefix: whose verdicts its clients follow
  uint8_t prefix_len = 0;          // of the prefix this source was given for
  uint8_t table = 0;               // which `latency: - table`, for explain; 255: a vantage
};

// What a block says. Private blocks of which nothing is known send the reader to the resolver (RFC 7871 §10).
struct Block {
  SourceId source = kNoSource;
  bool use_resolver = false;
  uint8_t len = 0;  // of the block: what a scope may be
};

// Static part: built by config at load, shared by every snapshot until the next load.
class LatencyMap {
 public:
  Block find(const IpAddress& address) const;  // folded addresses only
  void prefetch(const IpAddress& address) const;
  const Source& source(SourceId id) const { return sources_[id]; }
  const TableRows& rows() const { return rows_; }
  // Nothing divides the clients: every answer is the same for all of them (scope 0 is true).
  bool is_trivial() const { return sources_.empty(); }
  uint32_t source_count() const { return static_cast<uint32_t>(sources_.size()); }
  size_t memory() const;

 private:
  friend class LatencyMapBuilder;
  explicit LatencyMap(int regions) : rows_(regions) {}
  PrefixMap blocks_;
  std::vector<Source> sources_;
  TableRows rows_;
};

// Collects prefixes in any order; one thread. At equal prefixes a vantage comes before a table, and an earlier table
// before a later one.
class LatencyMapBuilder {
 public:
  explicit LatencyMapBuilder(int regions);
  void add_row(const Prefix& prefix, std::span<const std::pair<RegionId, Duration>> cells, int table);
  void add_cover(const Prefix& prefix, VantageId vantage);
  std::shared_ptr<const LatencyMap> build() &&;

 private:
  struct Entry {
    Prefix prefix;
    uint32_t row;
    uint8_t table;
  };
  std::vector<Entry> entries_;
  std::unique_ptr<LatencyMap> map_;
};

}  // namespace isochrone::steer
