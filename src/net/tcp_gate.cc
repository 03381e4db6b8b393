#include "net/tcp_gate.h"

#include <string_view>

namespace isochrone::net {

IpAddress TcpGate::group_of(const IpAddress& client) {
  return client.family == Family::V4 ? client : client.masked(64);
}

size_t TcpGate::Hash::operator()(const IpAddress& address) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(address.octets.data()), address.octets.size()});
}

TcpGate::Entry TcpGate::enter(const IpAddress& client) {
  const std::lock_guard lock(mutex_);
  const auto at = by_group_.find(group_of(client));
  if (at != by_group_.end() && at->second >= limits_.clients_per_address) return Entry::FullForClient;
  if (clients_ >= limits_.clients) return Entry::Full;
  ++by_group_[group_of(client)];
  ++clients_;
  return Entry::Admitted;
}

void TcpGate::leave(const IpAddress& client) {
  const std::lock_guard lock(mutex_);
  const auto at = by_group_.find(group_of(client));
  if (--at->second == 0) by_group_.erase(at);
  --clients_;
}

Duration TcpGate::idle_limit() const {
  const bool nearly_full = clients_ > limits_.clients - limits_.clients / 4;
  return nearly_full ? limits_.idle / 4 : limits_.idle;
}

}  // namespace isochrone::net
