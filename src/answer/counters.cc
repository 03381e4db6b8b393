#include "answer/counters.h"

#include <algorithm>

namespace isochrone::answer {
namespace {

// Buckets of the types below 72, where all but two of the counted ones are.
constexpr auto kLowTypes = [] {
  std::array<uint8_t, 72> table{};
  table.fill(kTypeBuckets - 1);
  for (size_t i = 0; i < kCountedTypes.size(); ++i)
    if (const auto type = static_cast<size_t>(kCountedTypes[i]); type < table.size()) table[type] = uint8_t(i);
  return table;
}();

void add(uint64_t& to, const Counter& from) { to += from.value(); }

template <typename To, typename From, size_t N>
void add(std::array<To, N>& to, const std::array<From, N>& from) {
  for (size_t i = 0; i < N; ++i) add(to[i], from[i]);
}

void add(Histogram<uint64_t>& to, const Histogram<Counter>& from) {
  add(to.buckets, from.buckets);
  add(to.sum_ns, from.sum_ns);
}

}  // namespace

size_t type_bucket(wire::Type type) {
  const auto number = static_cast<size_t>(type);
  if (number < kLowTypes.size()) return kLowTypes[number];
  return static_cast<size_t>(std::find(kCountedTypes.begin(), kCountedTypes.end(), type) - kCountedTypes.begin());
}

size_t rcode_bucket(wire::Rcode rcode) {
  static_assert(kCountedRcodes[6] == wire::Rcode::YxDomain && size_t(wire::Rcode::YxDomain) == 6);
  if (rcode <= wire::Rcode::YxDomain) return static_cast<size_t>(rcode);
  return static_cast<size_t>(std::find(kCountedRcodes.begin(), kCountedRcodes.end(), rcode) - kCountedRcodes.begin());
}

void Counters::count_latency(Transport transport, uint64_t ns, uint64_t queries) {
  auto& histogram = latency[static_cast<size_t>(transport)];
  size_t bucket = 0;
  while (bucket < kLatencyBounds.size() && ns > kLatencyBounds[bucket]) ++bucket;
  histogram.buckets[bucket].add(queries);
  histogram.sum_ns.add(ns * queries);
}

void add_to(Totals& totals, const Counters& counters) {
  add(totals.queries, counters.queries);
  for (size_t i = 0; i < totals.latency.size(); ++i) add(totals.latency[i], counters.latency[i]);
  add(totals.edns, counters.edns);
  add(totals.client_subnet, counters.client_subnet);
  add(totals.cookies_fresh, counters.cookies_fresh);
  add(totals.cookies_valid, counters.cookies_valid);
  add(totals.cookies_invalid, counters.cookies_invalid);
  add(totals.truncated, counters.truncated);
  add(totals.dropped_response, counters.dropped_response);
  add(totals.dropped_short, counters.dropped_short);
  add(totals.dropped_source, counters.dropped_source);
  add(totals.dropped_send, counters.dropped_send);
  add(totals.tcp_accepted, counters.tcp_accepted);
  add(totals.tcp_closed_idle, counters.tcp_closed_idle);
  add(totals.tcp_closed_limit, counters.tcp_closed_limit);
  add(totals.tcp_closed_error, counters.tcp_closed_error);
}

}  // namespace isochrone::answer
