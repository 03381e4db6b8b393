#include "node/slow_starts.h"

#include <algorithm>

#include "steer/verdicts.h"

namespace isochrone::node {

namespace {

constexpr int kSteps = 50;  // each moves a fiftieth of the networks: less than the chance of weights does

steer::Verdict verdict(const std::vector<steer::GatewayState>& gateways, steer::RegionId region, Family family) {
  for (const steer::GatewayState& gateway : gateways)
    if (gateway.region == region) return steer::verdict_of(gateway, family, steer::kNoVantage);
  return steer::Verdict::Unknown;
}

}  // namespace

uint16_t SlowStarts::Start::shed(Time now) const {
  const auto passed = std::clamp<Duration>(now - began, Duration::zero(), length);
  return static_cast<uint16_t>(1000 - 1000 * (passed / 1ms) / std::max<int64_t>(1, length / 1ms));
}

void SlowStarts::note(zone::PoolId pool, const std::vector<steer::GatewayState>& before,
                      const std::vector<steer::GatewayState>& after, Duration length, Time now) {
  if (length <= Duration::zero()) return;
  for (const steer::GatewayState& gateway : after)
    for (const Family family : {Family::V4, Family::V6}) {
      const steer::Verdict was = verdict(before, gateway.region, family), is = verdict(after, gateway.region, family);
      if (was == is) continue;
      std::erase_if(starts_, [&](const Start& s) { return s.pool == pool && s.region == gateway.region && s.family == family; });
      if (was == steer::Verdict::Down && is == steer::Verdict::Up)
        starts_.push_back({pool, gateway.region, family, now, length, now + length / kSteps});
    }
}

void SlowStarts::add_to(zone::PoolId pool, std::vector<steer::GatewayState>& gateways, Time now) const {
  for (const Start& start : starts_) {
    if (start.pool != pool) continue;
    for (steer::GatewayState& gateway : gateways) {
      uint16_t& shed = start.family == Family::V4 ? gateway.shed_v4 : gateway.shed_v6;
      if (gateway.region == start.region) shed = std::max(shed, start.shed(now));
    }
  }
}

std::vector<zone::PoolId> SlowStarts::take_due(Time now) {
  std::vector<zone::PoolId> due;
  for (Start& start : starts_) {
    if (start.next > now) continue;
    due.push_back(start.pool);
    start.next = std::min<Time>(now + start.length / kSteps, start.began + start.length);  // none ends without its last step
  }
  std::erase_if(starts_, [now](const Start& s) { return now >= s.began + s.length; });
  std::sort(due.begin(), due.end());
  due.erase(std::unique(due.begin(), due.end()), due.end());
  return due;
}

std::optional<Time> SlowStarts::next() const {
  const auto first = std::min_element(starts_.begin(), starts_.end(), [](auto& a, auto& b) { return a.next < b.next; });
  return first == starts_.end() ? std::nullopt : std::optional(first->next);
}

}  // namespace isochrone::node
