#include "node/measures.h"

#include <algorithm>

#include "probe/reason.h"

namespace isochrone::node {

namespace {

const std::vector<double> kPhaseBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5};
const std::vector<double> kFailoverBounds{0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 5, 7.5, 10, 15, 30, 60};
const std::vector<double> kRatioBounds{0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.5, 2};
const std::vector<double> kReloadBounds{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

admin::Histogram make(const std::vector<double>& bounds) {
  return {bounds, std::vector<uint64_t>(bounds.size() + 1, 0), 0};
}

void observe(admin::Histogram& histogram, double value) {
  const auto bucket = std::lower_bound(histogram.bounds.begin(), histogram.bounds.end(), value) - histogram.bounds.begin();
  histogram.counts[static_cast<size_t>(bucket)]++;
  histogram.sum += value;
}

}  // namespace

Measures::Measures()
    : failover_(make(kFailoverBounds)), failover_ratio_(make(kRatioBounds)), reload_(make(kReloadBounds)) {}

void Measures::probe(const health::Outcome& outcome, const std::string& region) {
  results_[std::string(probe::to_text(outcome.failure))]++;
  auto at = phases_.find(region);
  if (at == phases_.end()) {
    at = phases_.try_emplace(region).first;
    at->second.fill(make(kPhaseBounds));
  }
  for (size_t i = 0; i < kPhases; ++i)
    if (outcome.phases[i] > Duration::zero()) observe(at->second[i], to_seconds(outcome.phases[i]));
}

void Measures::failover(Duration took, Duration limit) {
  observe(failover_, to_seconds(took));
  observe(failover_ratio_, to_seconds(took) / to_seconds(limit));
}

void Measures::reload(Duration took) { observe(reload_, to_seconds(took)); }

void Measures::fill(admin::MetricsSample& sample) const {
  for (const auto& [region, phases] : phases_)
    for (size_t i = 0; i < kPhases; ++i)
      if (std::any_of(phases[i].counts.begin(), phases[i].counts.end(), [](uint64_t n) { return n != 0; }))
        sample.phases.push_back({{health::kPhaseNames[i], region}, phases[i]});
  for (const auto& [result, count] : results_) sample.probes.push_back({{result}, static_cast<double>(count)});
  sample.failover = failover_;
  sample.failover_ratio = failover_ratio_;
  sample.reload_seconds = reload_;
  sample.switches = switches_;
  sample.reports = reports_;
  sample.bad_reports = bad_reports_;
  sample.state_write_failures = state_write_failures_;
}

}  // namespace isochrone::node
