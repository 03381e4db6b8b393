#pragma once
// /metrics: the node's facts in Prometheus' text format, by DESIGN §9. Base units, help on every family, bounded
// label sets (zones, pools, regions, vantages; never names, clients or services).

#include <string>

#include "admin/metrics_sample.h"
#include "admin/status_report.h"

namespace isochrone::admin {

std::string exposition(const StatusReport& status, const MetricsSample& sample);

}  // namespace isochrone::admin
