#pragma once
// Who may write what into the ledger: each region's gateways their own column, nothing absurd, nothing twice, and no more
// than a pace that one observer keeps by itself. Pure. Control thread.

#include <map>
#include <optional>
#include <string>

#include "health/ledger.h"
#include "health/observation.h"
#include "health/runs.h"
#include "util/result.h"

namespace isochrone::health {

class Observers {
 public:
  static constexpr size_t kMostNetworks = 20'000;      // in one report
  static constexpr double kBurst = 10, kPerSecond = 1; // reports of one region

  // Refused whole, and nothing changed but counts, where the region is not one of `regions`, the report is a replay, too
  // large or too early, or a figure in it is absurd. Networks nobody can be in (loopback, multicast) are passed over and
  // counted.
  Status take(const ObservationReport& report, const std::vector<steer::Region>& regions, Ledger& ledger, Time now);

  // One of the region's that was refused before it could be taken: it is none.
  void refuse(const std::string& region) { ++list_[region].refused; }

  // Nothing new: it came before, or a later one did.
  bool knows(const ObservationReport& report) const;

  struct Gateway {
    std::optional<Time> heard;
    uint64_t reports = 0, refused = 0, passed_over = 0;
    uint64_t forgotten = 0;              // ObservationReport's
    ParallelRuns runs;                   // of the region's several gateways
    double allowance = kBurst;           // of reports
    Time allowed_at{};
  };
  const std::map<std::string, Gateway>& list() const { return list_; }  // by region

 private:
  std::map<std::string, Gateway> list_;
};

}  // namespace isochrone::health
