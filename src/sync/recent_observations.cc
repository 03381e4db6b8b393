#include "sync/recent_observations.h"

#include <algorithm>
#include <utility>

#include "sync/live_values.h"

namespace isochrone::sync {

void RecentObservations::add(health::ObservationReport report, Time now) {
  kept_.push_back({std::move(report), now});
  while (kept_.size() > kMostReports || now - kept_.front().at > kSpan) kept_.pop_front();
}

std::string RecentObservations::value(Time now) {
  while (!kept_.empty()) {
    std::string value = encode_observed(since(0, now));
    if (value.size() <= kMostObservedValue || kept_.size() == 1) return value;
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<ptrdiff_t>((kept_.size() + 1) / 2));
  }
  return {};
}

std::vector<health::ObservationReport> RecentObservations::since(uint64_t sequence, Time now) const {
  std::vector<health::ObservationReport> out;
  for (const Kept& kept : kept_) {
    if (kept.report.sequence <= sequence) continue;
    out.push_back(kept.report);
    for (health::Observation& seen : out.back().networks) seen.age += now - kept.at;
    health::drop_too_old(out.back().networks);
  }
  return out;
}

}  // namespace isochrone::sync
