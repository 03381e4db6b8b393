#pragma once
// A small installation with simulated time, for tests of Health as a whole.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "health/health.h"

namespace isochrone::health {

// "westus2/10" and so on: region and last octet; a beacon's ends in "b".
inline Target make_target(std::string key, steer::RegionId region, const char* address, bool beacon = false) {
  Target target;
  target.key = std::move(key);
  target.region = region;
  target.address = *IpAddress::parse(address);
  target.beacon = beacon;
  return target;
}

// west, europe, japan, two IPv4 gateways each; interval 5 s, timeout 2 s, recheck 500 ms, fall 3, rise 2.
inline Plan make_plan() {
  Plan plan;
  plan.regions = {"west", "europe", "japan"};
  const struct {
    const char *key, *address;
    steer::RegionId region;
  } rows[] = {{"west/1", "192.0.2.1", 0},      {"west/2", "192.0.2.2", 0},   {"europe/1", "198.51.100.1", 1},
              {"europe/2", "198.51.100.2", 1}, {"japan/1", "203.0.113.1", 2}, {"japan/2", "203.0.113.2", 2}};
  for (const auto& row : rows) {
    plan.targets.push_back(make_target(row.key, row.region, row.address));
    plan.targets.back().id = static_cast<TargetId>(plan.targets.size() - 1);
  }
  return plan;
}

inline Outcome fine(Duration rtt) {
  Outcome outcome;
  outcome.rtt = rtt;
  return outcome;
}

inline Outcome lost() {
  Outcome outcome;
  outcome.failure = Failure::Timeout;
  outcome.phase = Phase::Connect;
  outcome.phases[static_cast<size_t>(Phase::Connect)] = 2s;
  outcome.reason = "no answer within 2s (connect)";
  return outcome;
}

}  // namespace isochrone::health
