#pragma once
// What the node knows, gathered for `status` and /metrics. Control thread.

#include "admin/status_report.h"
#include "config/model.h"
#include "health/health.h"
#include "health/ledger.h"
#include "health/observers.h"
#include "node/failovers.h"
#include "node/publisher.h"
#include "sync/drains.h"

namespace isochrone::node {

std::vector<admin::ZoneStatus> zone_status(const config::World& world);
std::vector<admin::PoolStatus> pool_status(const Publisher& publisher, const health::Health& health, const sync::Drains& drains,
                                           const Failovers& failovers, Time now);
std::vector<admin::VantageStatus> vantage_status(const config::World& world, const health::Health& health, Time now);
// Of the regions whose gateways a token lets observe, and of those heard of through a cluster.
admin::ObservedStatus observed_status(const config::NodeConfig& config, const config::World& world, const health::Observers& observers,
                                      const health::Ledger& ledger, Time now);
std::vector<admin::DrainStatus> drain_status(const sync::Drains& drains, int64_t unix_now);

}  // namespace isochrone::node
