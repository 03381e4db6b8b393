#include "network.h"

#include <algorithm>
#include <tuple>

namespace isochrone::lab {
namespace {

bool later(const Packet& a, const Packet& b) {
  return std::tie(a.due, a.number) > std::tie(b.due, b.number);
}

// RFC 791 §3.1 and RFC 8200 §3: where the destination stands in the header.
std::optional<IpAddress> destination_address(std::span<const uint8_t> packet) {
  if (packet.empty()) return std::nullopt;
  const int version = packet[0] >> 4;
  IpAddress address;
  if (version == 4 && packet.size() >= 20) {
    std::copy_n(packet.begin() + 16, 4, address.octets.begin());
    return address;
  }
  if (version == 6 && packet.size() >= 40) return IpAddress::v6(packet.data() + 24);
  return std::nullopt;
}

}  // namespace

void Lateness::add(Time late) {
  const auto us = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(late).count());
  ++buckets_[std::min<size_t>(static_cast<size_t>(us / kBucketUs), buckets_.size() - 1)];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

int64_t Lateness::quantile_us(double share) const {
  const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > wanted) return static_cast<int64_t>(i + 1) * kBucketUs;
  }
  return max_us_;
}

Network::Network(Plan plan, uint64_t seed)
    : plan_(std::move(plan)), links_(plan_.rtt_ms.size()), dead_(plan_.places.size()), random_(seed) {
  for (size_t i = 0; i < links_.size(); ++i) links_[i].weather.rtt_ms = plan_.rtt_ms[i];
}

void Network::send(size_t from, std::span<const uint8_t> octets, Time now) {
  const auto to = destination(octets);
  if (!to || *to == from) {
    ++counters_.unroutable;
    return;
  }
  const auto arrival = dead_[from] || dead_[*to] ? std::nullopt : link(from, *to).travel(now, random_);
  if (!arrival) {
    ++counters_.lost;
    return;
  }
  queue_.push_back({*arrival, packets_++, *to, {octets.begin(), octets.end()}});
  std::ranges::push_heap(queue_, later);
}

std::optional<Time> Network::next_due() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.front().due;
}

void Network::take_due(Time now, const std::function<void(const Packet&)>& deliver) {
  while (!queue_.empty() && queue_.front().due <= now) {
    std::ranges::pop_heap(queue_, later);
    const Packet packet = std::move(queue_.back());
    queue_.pop_back();
    if (dead_[packet.to]) {
      ++counters_.lost;
      continue;
    }
    counters_.lateness.add(now - packet.due);
    ++counters_.delivered;
    deliver(packet);
  }
}

std::optional<size_t> Network::destination(std::span<const uint8_t> octets) const {
  const auto address = destination_address(octets);
  if (!address) return std::nullopt;
  for (size_t i = 0; i < plan_.places.size(); ++i)
    if (plan_.places[i].v4.contains(*address) || plan_.places[i].v6.contains(*address)) return i;
  return std::nullopt;
}

}  // namespace isochrone::lab
