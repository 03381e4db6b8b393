#include <algorithm>
#include <map>
#include <utility>

#include "admin/metrics_of.h"

namespace isochrone::admin::metrics_of {

namespace {

bool serves(const AddressStatus& address, Family family) {
  return address.is_name || (address.address.find(':') == std::string::npos ? Family::V4 : Family::V6) == family;
}

}  // namespace

// A gateway is up in a family, as a vantage sees it, while one of its addresses is.
void gateways(MetricsPage& page, const StatusReport& status) {
  MetricFamily& up = page.family("isochrone_gateway_up", MetricType::Gauge,
                                 "Whether the gateway is up, as the vantage sees it; vantage \"\" is the quorum's verdict.");
  for (const PoolStatus& pool : status.pools)
    for (const GatewayStatus& gateway : pool.gateways) {
      std::map<std::pair<Family, std::string>, bool> any;
      for (const AddressStatus& address : gateway.addresses)
        for (const Family family : {Family::V4, Family::V6}) {
          if (!serves(address, family)) continue;
          any[{family, ""}] |= address.verdict == steer::Verdict::Up;
          for (const SightStatus& sight : address.sights)
            any[{family, sight.vantage}] |= sight.view.verdict == steer::Verdict::Up;
        }
      for (const auto& [family, verdict] : gateway.pool_verdicts) any[{family, ""}] = verdict == steer::Verdict::Up;
      for (const auto& [key, value] : any)
        MetricsPage::gauge(up, {"pool", "region", "family", "vantage"},
                    {pool.name, gateway.region, name_of(key.first), key.second}, value);
    }

  MetricFamily& drained = page.family("isochrone_gateway_drained", MetricType::Gauge, "Whether the gateway is drained by an operator.");
  MetricFamily& enabled = page.family("isochrone_gateway_enabled", MetricType::Gauge, "Whether the gateway is enabled in the configuration.");
  MetricFamily& certificate = page.family("isochrone_certificate_expiry_timestamp_seconds", MetricType::Gauge,
                                          "When the gateway's certificate expires, the earliest of its addresses.");
  MetricFamily& load = page.family("isochrone_gateway_load_ratio", MetricType::Gauge,
                                   "Load that the gateway tells of itself, as a share of its limit.");
  MetricFamily& relief = page.family("isochrone_gateway_load_relief_seconds", MetricType::Gauge,
                                     "Clients that lose less round-trip time than this are sent elsewhere, for the gateway's load.");
  MetricFamily& age = page.family("isochrone_verdict_age_seconds", MetricType::Gauge,
                                  "Time since the vantage last probed the gateway, the oldest of its addresses.");
  for (const PoolStatus& pool : status.pools)
    for (const GatewayStatus& gateway : pool.gateways) {
      const MetricsPage::Names names{"pool", "region"};
      const std::vector<std::string> values{pool.name, gateway.region};
      MetricsPage::gauge(drained, names, values, !gateway.drained_by.empty());
      MetricsPage::gauge(enabled, names, values, gateway.enabled);
      if (gateway.load) MetricsPage::gauge(load, names, values, *gateway.load);
      if (gateway.load || gateway.relief > Duration::zero())
        MetricsPage::gauge(relief, names, values, to_seconds(gateway.relief));
      std::optional<int64_t> expiry;
      std::map<std::string, double> oldest;
      for (const AddressStatus& address : gateway.addresses)
        for (const SightStatus& sight : address.sights) {
          if (sight.view.certificate_expiry) expiry = std::min(expiry.value_or(INT64_MAX), *sight.view.certificate_expiry);
          if (sight.view.verdict != steer::Verdict::Unknown) oldest[sight.vantage] = std::max(oldest[sight.vantage], to_seconds(sight.view.age));
        }
      if (expiry) MetricsPage::gauge(certificate, names, values, static_cast<double>(*expiry));
      for (const auto& [vantage, seconds] : oldest)
        MetricsPage::gauge(age, {"pool", "region", "vantage"}, {pool.name, gateway.region, vantage}, seconds);
    }
}

void pools(MetricsPage& page, const StatusReport& status) {
  MetricFamily& all_down = page.family("isochrone_pool_all_down", MetricType::Gauge,
                                       "Whether no gateway of the pool is healthy in the family, by the quorum.");
  MetricFamily& eligible = page.family("isochrone_pool_eligible_regions", MetricType::Gauge,
                                       "Regions that clients who follow the quorum may be given.");
  MetricFamily& bound = page.family("isochrone_failover_bound_seconds", MetricType::Gauge,
                                    "Longest time from a gateway's death until no client uses it, by configuration.");
  MetricFamily& took = page.family("isochrone_pool_last_failover_seconds", MetricType::Gauge,
                                   "What the pool's last failover took, from the first failed probe to the published answer.");
  MetricFamily& limit = page.family("isochrone_pool_failover_limit_seconds", MetricType::Gauge,
                                    "What a failover of the pool may take until its answer is published: the bound without the TTL.");
  MetricFamily& failovers = page.family("isochrone_pool_failovers_total", MetricType::Counter,
                                        "Times that an address left the pool's answers, by whether the limit was kept.");
  MetricFamily& lowered = page.family("isochrone_pool_ttl_lowered", MetricType::Gauge,
                                      "Whether answers of the pool may hold for less than its TTL, for some clients at least, by why.");
  for (const PoolStatus& pool : status.pools) {
    MetricsPage::gauge(lowered, {"pool", "reason"}, {pool.name, "failing"}, pool.lowered.failing);
    MetricsPage::gauge(lowered, {"pool", "reason"}, {pool.name, "all-down"}, pool.lowered.all_down);
    MetricsPage::gauge(lowered, {"pool", "reason"}, {pool.name, "swapping"}, pool.lowered.swapping);
    for (const auto& [family, state] : {std::pair{"ipv4", &pool.v4}, std::pair{"ipv6", &pool.v6}}) {
      if (!state->served) continue;
      MetricsPage::gauge(all_down, {"pool", "family"}, {pool.name, family}, state->outcome != steer::Outcome::Steered);
      MetricsPage::gauge(eligible, {"pool", "family"}, {pool.name, family}, static_cast<double>(state->eligible.size()));
    }
    MetricsPage::gauge(bound, {"pool"}, {pool.name}, to_seconds(pool.failover_bound));
    if (pool.failover_bound == Duration::zero()) continue;
    if (pool.last_failover) MetricsPage::gauge(took, {"pool"}, {pool.name}, to_seconds(pool.last_failover->took));
    MetricsPage::gauge(limit, {"pool"}, {pool.name}, to_seconds(pool.failover_limit));
    const auto count = [&](const char* kept, uint64_t n) {
      MetricsPage::add(failovers, {"pool", "kept"}, {pool.name, kept}).counter.value = static_cast<double>(n);
    };
    count("yes", pool.failovers - pool.late_failovers);
    count("no", pool.late_failovers);
  }
}

}  // namespace isochrone::admin::metrics_of
