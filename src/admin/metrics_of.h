#pragma once
// What /metrics tells, by what it is about. Each adds its families to the page.

#include "admin/metrics_page.h"
#include "admin/status_report.h"

namespace isochrone::admin::metrics_of {

void pools(MetricsPage& page, const StatusReport& status);
void gateways(MetricsPage& page, const StatusReport& status);

void vantages(MetricsPage& page, const StatusReport& status);
void regret(MetricsPage& page, const StatusReport& status);
void observed(MetricsPage& page, const StatusReport& status);
void prediction(MetricsPage& page, const StatusReport& status);
void scopes(MetricsPage& page, const StatusReport& status);

void node(MetricsPage& page, const StatusReport& status, const MetricsSample& sample);
void server(MetricsPage& page, const MetricsSample& sample);
void probing(MetricsPage& page, const MetricsSample& sample);
void cluster(MetricsPage& page, const StatusReport& status);

}  // namespace isochrone::admin::metrics_of
