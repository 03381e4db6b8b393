#pragma once
// Probe outcomes in, verdicts, estimates and orders out. Pure: every call is handed the time. One thread.
//
//   probe ─► Outcome ─► record() ─┬─ TargetState   rise, fall, quick recheck: one per target, of this vantage
//                                 │    Estimator   tcpi_rtt, loss → latency
//                                 ▼
//   a worker's report ─► report() ─► VantageBoard  what each vantage says of each target
//                                          ├─ quorum, suspicion   verdicts of all vantages → one
//                                          └─ CalmRow             latency of regions, best first: margin and dwell
//   node ◄─ take_changes() ─ which targets' verdicts and which vantages' rows are new
//
// The rhythm: record() or report() as they come, then tick(); then take_changes() and publish what it names.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/calm_row.h"
#include "health/estimator.h"
#include "health/probe.h"
#include "health/report.h"
#include "health/rules.h"
#include "health/runs.h"
#include "health/target_state.h"
#include "health/vantage_board.h"
#include "health/views.h"
#include "steer/pool.h"
#include "steer/region.h"
#include "steer/steer.h"
#include "util/result.h"

namespace isochrone::health {

struct HealthConfig {
  uint64_t run = 0;  // names this run in the reports it makes: random_run()
};

class Health {
 public:
  explicit Health(const HealthConfig& config);

  // What is probed and by whom, from now on; vantage_names[0] is this node's own. What is known of a target, a
  // vantage or a region stays with its key or name. Everything may have other numbers: afterwards read it all anew.
  // `weights`: of the vantages, for a weighted quorum; empty: 1 each.
  void configure(std::shared_ptr<const Plan> plan, std::vector<std::string> vantage_names, SteeringRules rules,
                 Time now, std::span<const uint16_t> weights = {});

  // A try by this node's own vantage; `target` is a number of the present plan.
  void record(TargetId target, const Outcome& outcome, Time now);
  // From the end of a target's last try to its next one, before jitter.
  Duration next_delay(TargetId target) const;

  // What another vantage says; `report_age` is how long ago it was made. Refused whole, and nothing changed, where
  // the vantage is not one of ours, the report is not newer than the last, or any of its figures is absurd. Targets
  // that are in no plan of ours are passed over and counted.
  Status report(const VantageReport& report, Duration report_age, Time now);
  // Nothing new: it came before, or a later one did.
  bool knows(const VantageReport& report) const;

  // All that another vantage has told so far, as if it told it now: with its last run and sequence, ages as of `now`. nullopt
  // where there is none of that name, or nothing was heard of it in this process.
  std::optional<VantageReport> told_report(const std::string& vantage, Time now) const;

  // Lets time act: verdicts grow old, leads last, vantages become suspect. Call it after record() and report(), and
  // no later than at the time it returns.
  Time tick(Time now);
  Changes take_changes();

  // A target as a choice sees it: input of steer::make_pool().
  steer::AddressState address_state(TargetId target, const QuorumRule& rule, Time now) const;
  // The newest figure that a vantage was told; absent: nobody fresh was told one.
  std::optional<LoadFigure> load(TargetId target, Time now) const;
  // When the present outage of a target began: at the first failed try of those that see it. A try's start is known of
  // our own vantage's; of another one's, when it ended. Absent where no vantage is in trouble with it.
  std::optional<Time> outage_began(TargetId target) const;
  steer::LiveRows rows(Family family) const;

  TargetView view(TargetId target, steer::VantageId vantage, Time now) const;
  RegionView view(steer::RegionId region, Family family, steer::VantageId vantage, Time now) const;
  // Its stage is that of the freshest vantage.
  RegionView median_view(steer::RegionId region, Family family, Time now) const;
  VantageView vantage(steer::VantageId vantage, Time now) const;
  const Plan& plan() const { return *plan_; }

  // For a worker: what this machine's own vantage knows; all of it, or what was tried since the last report made.
  // After one that was not delivered, send all.
  VantageReport make_report(bool all, Time now);

  // What is known, for a restart. restore() is called once, after configure() and before the first record();
  // `downtime` is how long ago it was saved. What would be older than max_age is left out.
  SavedState save(Time now) const;
  void restore(const SavedState& state, Duration downtime, Time now);

 private:
  // What only the prober of a target knows.
  struct OwnTarget {
    TargetState state;
    Estimator estimator;
    uint64_t tries = 0, failures = 0, local_failures = 0;
    bool to_report = false;
  };

  // One region's latency in one family, as one vantage sees it.
  struct Cell {
    std::optional<Duration> estimate;
    Duration rtt{};
    double loss = 0;
    Time measured{};     // the newest RTT in it
    Duration fresh_for{};  // longest freshness() of what is in it
    bool dirty = false;
  };

  struct Vantage {
    std::string name;
    uint16_t weight = 1;
    VantageBoard board;
    std::array<std::vector<Cell>, 2> cells;  // IPv4, IPv6; by RegionId
    std::array<CalmRow, 2> rows;
    bool suspect = false;
    std::optional<Time> heard;
    Runs runs;
    uint64_t reports = 0, refused = 0, unknown_targets = 0;
  };

  struct CellRef {
    steer::VantageId vantage;
    uint8_t family;  // 0, 1
    steer::RegionId region;
  };

  // Which targets measure a region in one family.
  struct Gauges {
    std::vector<TargetId> beacons, gateways;

    bool empty() const { return beacons.empty() && gateways.empty(); }
  };

  static size_t index(Family family) { return family == Family::V4 ? 0 : 1; }

  // health.cc
  void index_plan();
  void carry_over(const Plan& old_plan);
  void set_sighting(steer::VantageId vantage, const Target& target, Sighting sighting);
  void changed(TargetId target);
  void changed_row(steer::VantageId vantage);

  // viewing.cc
  std::shared_ptr<const steer::Swaps> swaps(Family family) const;

  // ticking.cc
  void sweep(Time now);
  bool is_unknown(TargetId target) const;
  void judge_vantages();
  void measure_dirty_cells(Time now);
  void mark_all_cells_dirty();
  void mark_dirty(steer::VantageId vantage, const Target& target);
  Cell measure(const Vantage& vantage, const Gauges& gauges, Time now) const;
  Stage stage(const Cell& cell, Time now) const;
  void update_median(size_t family, steer::RegionId region);
  void update_rows(Time now);
  Time next_tick(Time now) const;

  // saving.cc
  void restore_target(steer::VantageId vantage, const SavedTarget& saved, Duration downtime, Time now);
  void restore_row(const SavedRow& row);

  // reports.cc
  Status accept(Vantage& vantage, const VantageReport& report, Duration report_age);
  TargetReport make_target_report(const Target& target, const Sighting& sighting, Time now) const;

  HealthConfig config_;
  std::shared_ptr<const Plan> plan_ = std::make_shared<Plan>();
  SteeringRules rules_;
  std::vector<Vantage> vantages_;                          // by VantageId
  std::unordered_map<std::string, steer::VantageId> vantage_by_name_;
  std::unordered_map<std::string, TargetId> target_by_key_;
  std::array<std::vector<Gauges>, 2> gauges_;              // by family, RegionId
  std::vector<OwnTarget> own_;                             // by TargetId
  std::array<CalmRow, 2> medians_;

  std::optional<Time> started_;                            // the first configure()
  Time swept_{}, measured_{}, aged_{};                     // when sweep and measuring were last done, and of all cells
  std::vector<CellRef> dirty_cells_;
  bool votes_changed_ = false;                             // since judge_vantages()
  uint64_t own_sequence_ = 0;

  Changes changes_;
  std::vector<bool> target_changed_;                       // by TargetId: already in changes_
};

}  // namespace isochrone::health
