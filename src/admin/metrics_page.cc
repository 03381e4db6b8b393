#include "admin/metrics_page.h"

#include <sstream>

#include <prometheus/text_serializer.h>

namespace isochrone::admin {

using prometheus::ClientMetric;

namespace {

constexpr size_t kMostFamilies = 100;

void fill(ClientMetric& metric, const Histogram& histogram) {
  uint64_t cumulative = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    cumulative += histogram.counts[i];
    if (i < histogram.bounds.size()) metric.histogram.bucket.push_back({cumulative, histogram.bounds[i]});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = histogram.sum;
}

}  // namespace

MetricsPage::MetricsPage() { families_.reserve(kMostFamilies); }

MetricFamily& MetricsPage::family(const char* name, MetricType type, const char* help) {
  families_.push_back({name, help, type, {}});
  return families_.back();
}

void MetricsPage::counters(const char* name, const char* help, const Names& labels, const std::vector<Sample>& samples) {
  MetricFamily& made = family(name, MetricType::Counter, help);
  for (const Sample& sample : samples) add(made, labels, sample.labels).counter.value = sample.value;
}

void MetricsPage::counter(const char* name, const char* help, double value) { counters(name, help, {}, {{{}, value}}); }

void MetricsPage::gauge(const char* name, const char* help, double value) {
  family(name, MetricType::Gauge, help).metric.emplace_back().gauge.value = value;
}

void MetricsPage::histograms(const char* name, const char* help, const Names& labels, const std::vector<LabelledHistogram>& samples) {
  MetricFamily& made = family(name, MetricType::Histogram, help);
  for (const auto& [values, histogram] : samples) fill(add(made, labels, values), histogram);
}

ClientMetric& MetricsPage::add(MetricFamily& to, const Names& labels, const std::vector<std::string>& values) {
  ClientMetric& metric = to.metric.emplace_back();
  for (size_t i = 0; i < labels.size(); ++i) metric.label.push_back({labels[i], values[i]});
  return metric;
}

void MetricsPage::gauge(MetricFamily& to, const Names& labels, const std::vector<std::string>& values, double value) {
  add(to, labels, values).gauge.value = value;
}

std::string MetricsPage::text() {
  std::erase_if(families_, [](const MetricFamily& f) { return f.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return out.str();
}

}  // namespace isochrone::admin
