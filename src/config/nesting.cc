#include "config/nesting.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/names.h"

namespace isochrone::config {

namespace {

bool is_shared(const PoolConfig& pool) { return pool.key.starts_with("pools."); }

std::string_view policy(steer::AllDown all_down) {
  switch (all_down) {
    case steer::AllDown::NoData: return "nodata";
    case steer::AllDown::ServFail: return "servfail";
    case steer::AllDown::Address: return "an address";
    default: return "";
  }
}

int count_with(const PoolConfig& pool, Family family) {
  return static_cast<int>(std::count_if(pool.gateways.begin(), pool.gateways.end(), [family](const Gateway& g) {
    const auto has = [family](const GatewayAddress& a) { return a.name || a.address.family == family; };
    return g.enabled && (g.nested || std::any_of(g.addresses.begin(), g.addresses.end(), has));
  }));
}

}  // namespace

void PoolNester::link() {
  for (size_t i = 0; i < zone_.pools.size(); ++i) link_pool(i);
  depth_.assign(zone_.pools.size(), kUnknown);
  for (uint32_t i = 0; i < zone_.pools.size(); ++i) measure(i);
  for (uint32_t i = 0; i < zone_.pools.size(); ++i)
    if (zone_.pools[i].services != 0) use(i);
}

void PoolNester::link_pool(size_t index) {
  PoolConfig& pool = zone_.pools[index];
  pool.nested.assign(pool.gateways.size(), PoolConfig::kNotNested);
  for (size_t i = 0; i < pool.gateways.size(); ++i) {
    if (!pool.gateways[i].nested) continue;
    const NestedPool& nested = *pool.gateways[i].nested;
    if (nested.pool.empty()) continue;  // reported
    pool.nested[i] = find_shared(nested.pool);
    if (pool.nested[i] != PoolConfig::kNotNested) {
      check_inner(entry(index, i), nested, zone_.pools[pool.nested[i]]);
      continue;
    }
    std::vector<std::string_view> names;
    for (const PoolConfig& other : zone_.pools)
      if (is_shared(other)) names.push_back(other.name);
    std::string hint = did_you_mean(nested.pool, names);
    if (hint.empty()) hint = "pools are listed in 'pools'";
    entry(index, i).find("pool")->error(fmt::format("there is no pool '{}'", nested.pool), hint);
  }
}

uint32_t PoolNester::find_shared(std::string_view name) const {
  for (uint32_t i = 0; i < zone_.pools.size(); ++i)
    if (is_shared(zone_.pools[i]) && zone_.pools[i].name == name) return i;
  return PoolConfig::kNotNested;
}

void PoolNester::check_inner(const Node& entry, const NestedPool& nested, const PoolConfig& inner) const {
  // No negative answer may depend on who asks (RFC 7871 §7.4), and which pool answers does.
  if (const auto word = policy(inner.settings.spec.all_down); !word.empty())
    entry.find("pool")->error(fmt::format("pool '{}' says 'all-down: {}', which only the pool around it can", inner.name, word),
                              fmt::format("expected serve-nearest or serve-all in '{}'", inner.name));
  const auto check = [&](Family family, bool said, int wanted) {
    const int count = count_with(inner, family);
    if (!said || count == 0 || wanted <= count) return;
    const char* name = family == Family::V4 ? "IPv4" : "IPv6";
    entry.find("min-healthy")->error(fmt::format("wants {} healthy gateways, and pool '{}' has {} with {}", wanted, inner.name, count, name),
                                     "where the families differ: min-healthy: {ipv4: 2, ipv6: 1}");
  };
  check(Family::V4, nested.wants_v4, nested.min_healthy_v4);
  check(Family::V6, nested.wants_v6, nested.min_healthy_v6);
}

// How many pools there are below it, one in the other. A link that leads in a circle is taken out.
int PoolNester::measure(uint32_t index) {
  if (depth_[index] != kUnknown) return depth_[index];
  path_.push_back(index);
  int depth = 0;
  for (size_t i = 0; i < zone_.pools[index].nested.size(); ++i) {
    uint32_t& inner = zone_.pools[index].nested[i];
    if (inner == PoolConfig::kNotNested) continue;
    if (const auto again = std::find(path_.begin(), path_.end(), inner); again != path_.end()) {
      std::string circle;
      for (auto at = again; at != path_.end(); ++at) circle += zone_.pools[*at].name + " → ";
      entry(index, i).find("pool")->error(fmt::format("pools are in one another: {}{}", circle, zone_.pools[inner].name));
      inner = PoolConfig::kNotNested;
      continue;
    }
    const int below = measure(inner) + 1;
    if (below == kMostNested + 1)
      entry(index, i).find("pool")->error(fmt::format("there are pools {} deep below this one", below),
                                          fmt::format("expected at most {}", kMostNested));
    depth = std::max(depth, below);
  }
  path_.pop_back();
  check_kinds(index);
  return depth_[index] = depth;
}

// What its gateways give: names or addresses, not both. The pools in it are measured; its own gateways are alike (gateways.cc).
void PoolNester::check_kinds(uint32_t index) {
  PoolConfig& pool = zone_.pools[index];
  std::optional<bool> names;
  for (const Gateway& gateway : pool.gateways)
    if (!gateway.addresses.empty() && !names) names = gateway.is_name();
  for (size_t i = 0; i < pool.gateways.size(); ++i) {
    if (pool.nested[i] == PoolConfig::kNotNested) continue;
    const PoolConfig& inner = zone_.pools[pool.nested[i]];
    if (!names) names = inner.gives_names;
    if (inner.gives_names == *names) continue;
    entry(index, i).find("pool")->error(fmt::format("the gateways of pool '{}' are {}, and others of this pool are {}", inner.name,
                                                    *names ? "addresses" : "names", *names ? "names" : "addresses"),
                                        "expected names for all of them or for none: a CNAME stands alone (RFC 1034 §3.6.2)");
  }
  pool.gives_names |= names.value_or(false);
}

void PoolNester::use(uint32_t index) {
  if (zone_.pools[index].used) return;
  zone_.pools[index].used = true;
  for (const uint32_t inner : zone_.pools[index].nested)
    if (inner != PoolConfig::kNotNested) use(inner);
}

}  // namespace isochrone::config
