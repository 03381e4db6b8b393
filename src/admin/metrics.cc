#include "admin/metrics.h"

#include "admin/metrics_of.h"

namespace isochrone::admin {

std::string exposition(const StatusReport& status, const MetricsSample& sample) {
  MetricsPage page;
  metrics_of::node(page, status, sample);
  metrics_of::server(page, sample);
  metrics_of::pools(page, status);
  metrics_of::gateways(page, status);
  metrics_of::vantages(page, status);
  metrics_of::regret(page, status);
  metrics_of::prediction(page, status);
  metrics_of::cluster(page, status);
  metrics_of::scopes(page, status);
  metrics_of::observed(page, status);
  metrics_of::probing(page, sample);
  return page.text();
}

}  // namespace isochrone::admin
