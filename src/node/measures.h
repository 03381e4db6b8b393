#pragma once
// What only Prometheus asks for: histograms and counts of probes, failovers and loads. Control thread.

#include <array>
#include <map>
#include <string>

#include "admin/metrics_sample.h"
#include "health/probe.h"

namespace isochrone::node {

class Measures {
 public:
  Measures();
  void probe(const health::Outcome& outcome, const std::string& region);
  // `limit`: what the pool's configuration promises for the same span.
  void failover(Duration took, Duration limit);
  void reload(Duration took);
  void switches(uint64_t n) { switches_ += n; }
  void report(bool taken) { (taken ? reports_ : bad_reports_)++; }
  void state_write_failed() { state_write_failures_++; }

  // Fills the parts of a sample that are ours.
  void fill(admin::MetricsSample& sample) const;

 private:
  static constexpr size_t kPhases = 5;
  std::map<std::string, std::array<admin::Histogram, kPhases>> phases_;  // by region
  std::map<std::string, uint64_t> results_;
  admin::Histogram failover_, failover_ratio_, reload_;
  uint64_t switches_ = 0, reports_ = 0, bad_reports_ = 0, state_write_failures_ = 0;
};

}  // namespace isochrone::node
