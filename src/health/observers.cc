#include "health/observers.h"

#include <fmt/format.h>

#include <algorithm>

namespace isochrone::health {

namespace {

constexpr Duration kLongestSeen = 60s;

// What is wrong with it; empty: nothing.
std::string find_absurdity(const Observation& seen) {
  if (seen.network.len != steer::observed_len(seen.network.family()))
    return fmt::format("expected a network of {} bits", steer::observed_len(seen.network.family()));
  if (folds(seen.network.address)) return "an IPv6 form of an IPv4 network";
  if (seen.samples == 0) return "no samples";
  if (seen.rtt <= Duration::zero() || seen.least <= Duration::zero()) return "an RTT of 0 or less";
  if (seen.rtt > kLongestSeen || seen.spread > kLongestSeen) return "an RTT of more than a minute";
  if (seen.least > seen.rtt) return "a least RTT above the median";
  if (seen.spread < Duration::zero()) return "a spread below 0";
  if (seen.age < Duration::zero() || seen.age > kOldestSeen) return "an age that is negative or more than a day";
  return {};
}

// Addresses that no client has.
bool is_nobody(const Prefix& network) {
  const uint8_t first = network.address.octets[0];
  if (is_loopback(network.address) || first == 0) return true;
  return network.family() == Family::V4 ? first >= 224 : first == 0xff;
}

}  // namespace

Status Observers::take(const ObservationReport& report, const std::vector<steer::Region>& regions, Ledger& ledger, Time now) {
  const auto region = std::ranges::find(regions, report.region, &steer::Region::name);
  if (region == regions.end()) return fail(fmt::format("there is no region \"{}\"", report.region));
  Gateway& gateway = list_[report.region];
  const auto refuse = [&](std::string why) {
    ++gateway.refused;
    return fail(std::move(why));
  };
  gateway.allowance = std::min(kBurst, gateway.allowance + kPerSecond * to_seconds(now - gateway.allowed_at));
  gateway.allowed_at = now;
  if (gateway.allowance < 1) return refuse("more than a report a second");
  --gateway.allowance;
  if (report.networks.size() > kMostNetworks) return refuse(fmt::format("more than {} networks", kMostNetworks));
  for (const Observation& seen : report.networks)
    if (const std::string absurdity = find_absurdity(seen); !absurdity.empty())
      return refuse(fmt::format("network {}: {}", seen.network.to_text(), absurdity));
  if (Status fresh = gateway.runs.take(report.run, report.sequence); !fresh) return refuse(fresh.error().text);

  ++gateway.reports;
  gateway.heard = now;
  gateway.forgotten = report.forgotten;
  std::vector<Observation> somebody;
  somebody.reserve(report.networks.size());
  for (const Observation& seen : report.networks)
    if (!is_nobody(seen.network)) somebody.push_back(seen);
  gateway.passed_over += report.networks.size() - somebody.size();
  ledger.take(static_cast<steer::RegionId>(region - regions.begin()), somebody, now);
  return {};
}

bool Observers::knows(const ObservationReport& report) const {
  const auto gateway = list_.find(report.region);
  return gateway != list_.end() && gateway->second.runs.has_passed(report.run, report.sequence);
}

}  // namespace isochrone::health
