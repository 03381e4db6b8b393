#pragma once
// What gateways have observed, a row a client network and a cell a region, and what of it acts on choices (DESIGN §5.3).
// Pure: every call is handed the time. Control thread.
//
//   Observers ─► take() ─► cells: RTT, spread, weight, age ─► settle() ─► steer::ObservedRow ─► steer::Observed
//                             ├─► networks() ─► steer::with_observed(): the map, where the set of networks is another
//                             └─► lessons() ─► the prediction, which learns from what was seen, never from corrections
//
// An RTT that a gateway sees holds the client's access network, a vantage's does not. So cells are compared with what the
// next coarser source says of the same regions: the weighted median of the differences is the row's *offset*, what is
// left of a cell's difference is its *correction*. One cell alone has none left. A cell of few samples weighs little; a
// correction is cut where it would move one region against another by more than the operator allows, what observations
// have taught the prediction included; and it follows what is observed only where that is off by more than `margin` for
// `dwell`, or where what it is compared with has moved by as much. Cells that nobody reports any more stay as they are
// until `max_age`.

#include <array>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/observation.h"
#include "health/rules.h"
#include "steer/observed.h"
#include "steer/steer.h"
#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::health {

// A cell as it is kept over a restart.
struct SavedCell {
  Prefix network;
  std::string region;
  Duration rtt{}, spread{}, least{}, age{};
  double weight = 0;                   // samples, the older ones counting less; at most Ledger::kMostWeight
  std::array<Duration, 2> moved{};     // the correction in force, for questions of IPv4 and of IPv6
};

// A cell of a network that several gateways see, as the prediction learns from it: calm, access network included.
struct Lesson {
  Prefix network;
  steer::RegionId region = steer::kNoRegion;
  Duration rtt{};
};

class Ledger {
 public:
  // Of which the fewest seen go first: networks that one gateway alone sees, then those not heard of for longest.
  static constexpr size_t kMostNetworks = 100'000, kMostCells = 400'000;
  static constexpr double kMostWeight = 1000;
  static constexpr double kDoubt = 10;                // a cell of so many samples moves half of the way
  static constexpr Duration kHalfLife = 10min;        // of samples, as newer ones come

  // Cells stay with their region's name; those of regions that are gone are dropped. All rows are to be settled again.
  void configure(const std::vector<steer::Region>& regions, const SteeringRules& rules);

  void take(steer::RegionId region, std::span<const Observation> networks, Time now);

  // What has changed of the rows of both families, of at most `most` networks: those reported since, those whose
  // corrections wait, those that touch_all() names. `steering`: the one being served; networks that are not in its map
  // yet have no row. `unix_now`: for ages in reasons.
  using Rows = std::array<std::vector<steer::ObservedRow>, 2>;  // IPv4, IPv6
  Rows settle(const steer::Steering& steering, size_t most, Time now, uint32_t unix_now);
  // Something that rows are compared with has moved.
  void touch_all();
  size_t unsettled() const { return queue_.size(); }  // networks whose rows are to be settled

  // The networks, for with_observed(), and a number to hand to woven() once a map with them is served.
  struct Networks {
    std::vector<steer::ObservedPrefix> list;
    uint64_t number = 0;
  };
  Networks networks();
  void woven(uint64_t number);
  // There are others than in the list that was woven last.
  bool wants_weaving() const { return changed_ > woven_; }

  // Cells of at least kDoubt samples, where a network has two or more; ascending by network and region.
  std::vector<Lesson> lessons() const;
  // Another one whenever lessons() are others.
  uint64_t lessons_number() const { return lessons_number_; }

  struct Column {  // of a region
    size_t cells = 0, moved = 0, clipped = 0;   // moved and clipped for questions of either family
  };
  std::vector<Column> columns() const;
  size_t size() const { return by_network_.size(); }
  uint64_t evicted() const { return evicted_; }  // networks that had to make room

  std::vector<SavedCell> save(Time now) const;
  void restore(std::span<const SavedCell> cells, Duration downtime, Time now);

 private:
  // A figure in force that follows another one calmly.
  struct Calm {
    float us = 0;
    uint32_t waits : 1 = 0, since_ms : 31 = 0;  // it is off by more than the margin, since then by the clock, modulo 2^31
  };
  struct Cell {
    steer::RegionId region = steer::kNoRegion;
    std::array<bool, 2> is_clipped{};
    float rtt_us = 0, spread_us = 0, least_us = 0, weight = 0;
    Calm held;                          // of rtt_us, what the prediction learns from; 0: too few samples yet
    std::array<Calm, 2> moved;          // the correction
    std::array<float, 2> against_us{};  // the coarser estimate that it was found against; 0: none yet
    Time at{};
    double trust() const { return weight / (weight + kDoubt); }  // 0–1: how much of a correction it makes
  };
  struct Row {
    Prefix network;
    bool is_used = false, is_queued = false;
    std::vector<Cell> cells;
  };
  struct Retired {
    steer::ObservedId id;
    uint64_t number;  // of the first list of networks without it
  };
  struct HashPrefix {
    size_t operator()(const Prefix& prefix) const;
  };

  // ledger.cc
  Row& row_of(const Prefix& network);
  Cell& cell_of(Row& row, steer::RegionId region);
  void merge(Cell& cell, const Observation& seen, Time now);
  bool hold(Cell& cell, Time now) const;
  static bool teaches(const Row& row);
  void make_room();
  void retire(steer::ObservedId id);
  void queue(steer::ObservedId id);

  // settling.cc
  void drop_old(Row& row, Time now);
  struct Baseline;
  Baseline baseline_of(steer::ObservedId id, const Row& row, const steer::Steering& steering, Family family) const;
  bool has_moved(const Baseline& base, const Row& row, size_t side) const;
  static steer::ObservedCell told_of(const Cell& cell, size_t side, std::optional<double> coarser_us, Time now, uint32_t unix_now);
  bool settle_row(steer::ObservedId id, const steer::Steering& steering, Family family, Time now, uint32_t unix_now, steer::ObservedRow& out);
  bool follow(Calm& calm, double target_us, Time now) const;

  SteeringRules rules_;
  std::vector<std::string> regions_;
  std::vector<Row> rows_;                        // by ObservedId
  std::pmr::unsynchronized_pool_resource nodes_;  // of by_network_: not between rows' cells, which grow into each other's memory
  std::pmr::unordered_map<Prefix, steer::ObservedId, HashPrefix> by_network_{&nodes_};
  std::vector<steer::ObservedId> queue_, free_;
  std::vector<Retired> retired_;                 // may be in a map that is served
  size_t cells_ = 0;
  uint64_t evicted_ = 0, lessons_number_ = 0;
  uint64_t number_ = 0, woven_ = 0, changed_ = 0;  // of lists of networks: the last, the one woven, the first with the last change
};

}  // namespace isochrone::health
