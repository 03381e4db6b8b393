#pragma once
// A page of metrics that is being written: families and their samples, as Prometheus' own library serializes them.

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "admin/metrics_sample.h"
#include "util/ip.h"

namespace isochrone::admin {

using prometheus::MetricFamily;
using prometheus::MetricType;

class MetricsPage {
 public:
  using Names = std::vector<const char*>;

  MetricsPage();

  // Adds a family; its metrics are appended through the reference, which stays good (nothing moves: see reserve).
  MetricFamily& family(const char* name, MetricType type, const char* help);

  void counters(const char* name, const char* help, const Names& labels, const std::vector<Sample>& samples);
  void counter(const char* name, const char* help, double value);
  void gauge(const char* name, const char* help, double value);
  void histograms(const char* name, const char* help, const Names& labels, const std::vector<LabelledHistogram>& samples);

  // To a family that was made above; as many values as names.
  static prometheus::ClientMetric& add(MetricFamily& to, const Names& labels, const std::vector<std::string>& values);
  static void gauge(MetricFamily& to, const Names& labels, const std::vector<std::string>& values, double value);

  // Without families that have no metric.
  std::string text();

 private:
  std::vector<MetricFamily> families_;
};

// The value of a label `family`.
inline const char* name_of(Family family) { return family == Family::V4 ? "ipv4" : "ipv6"; }

}  // namespace isochrone::admin
