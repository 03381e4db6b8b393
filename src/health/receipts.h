#pragma once
// What the tries of each target showed: the last few of this machine's own, and whatever becomes of those, the first
// failure of the present outage, or of the last one, and the last failure. One thread.
//
//   Outcome ─► add() ─► a ring for each target, and its two failures
//   a worker's report ─► take() ─► its two failures of each target
//   read() ─► for a person          attach() ─► for a report          save() ─► for a restart
//
// Bounded: see the constants. Failures are kept over a restart, the rings are not.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/probe.h"
#include "health/report.h"

namespace isochrone::health {

inline constexpr size_t kMostReceipts = 100'000;     // in all rings together: where there are many targets, less of each
inline constexpr size_t kMostToldTargets = 1'000;    // of one vantage; beyond it who was heard of longest ago goes
inline constexpr size_t kMostAttachedTargets = 50;   // in one report
inline constexpr size_t kMostSavedTargets = 200;     // of one vantage
inline constexpr Duration kNews = 15s;               // a failure is told in all reports for so long: one may be lost

class Receipts {
 public:
  // `each`: how many of the last tries of a target are kept; 0: failures only.
  explicit Receipts(size_t each) : each_(each) {}

  // What is known of a target stays with its key.
  void configure(const Plan& plan);
  // A try of this machine's that ended now; `target` is a number of the plan.
  void add(TargetId target, Outcome outcome, Time now);
  // The receipts in a report that was accepted. Those of other targets than the plan's are passed over.
  void take(const VantageReport& report, Time now);

  // Newest first, each once.
  std::vector<Receipt> read(TargetId target, Time now) const;
  std::vector<Receipt> read(const std::string& vantage, TargetId target, Time now) const;

  // Puts the failures that are news beside the targets of a report of ours, to at most kMostAttachedTargets of them; if
  // there are more, others are first the next time.
  void attach(VantageReport& report, Time now);
  // The same of what another vantage has told, for a report of that one's that is passed on.
  void attach_told(VantageReport& report, Time now) const;

  // Puts failures beside the targets of what Health::save() gave, and takes them back from there. restore() is called once, after
  // configure(); `own`: this machine's vantage, `downtime`: how long ago it was saved. What would be older than `max_age` is left out.
  void save(SavedState& state, const std::string& own, Time now) const;
  void restore(const SavedState& state, const std::string& own, Duration downtime, Duration max_age, Time now);

 private:
  struct Kept {
    Time at{};  // the end of the try
    Outcome outcome;
  };
  struct Failures {
    Kept first, last;
    bool ongoing = true;  // nothing but failures since `first`
  };
  struct Own {
    std::vector<Kept> ring;  // next_ is the oldest where it is full
    size_t next = 0;
    std::unique_ptr<Failures> failures;
  };
  struct Told {
    Time heard{};
    std::vector<Kept> receipts;
  };

  void keep(Own& own, Kept kept) const;
  const Failures* find_failures(const std::string& key) const;  // of our own tries; null: there were none
  static std::vector<Receipt> receipts_of(const Failures& failures, Time now);
  std::vector<Receipt> told_of(const std::string& vantage, const std::string& key, Time now) const;
  size_t ring_size() const;

  size_t each_;
  std::unordered_map<std::string, TargetId> by_key_;
  std::vector<Own> own_;  // by TargetId
  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::unordered_map<std::string, Told>> told_;  // by vantage, key
  size_t first_attached_ = 0;
};

}  // namespace isochrone::health
