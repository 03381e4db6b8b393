#include "admin/strangers.h"

#include <sys/socket.h>

#include <algorithm>

#include "net/socket.h"
#include "net/tcp_gate.h"

namespace isochrone::admin {

void Strangers::add(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
  const bool has_address = address.ss_family == AF_INET || address.ss_family == AF_INET6;
  const IpAddress group = has_address ? net::TcpGate::group_of(net::endpoint_of(address).address) : IpAddress{};
  const std::lock_guard lock(mutex_);
  list_.push_back({socket, group});
}

void Strangers::remove(int socket) {
  const std::lock_guard lock(mutex_);
  std::erase_if(list_, [socket](const One& one) { return one.socket == socket; });
}

void Strangers::end_one() {
  const std::lock_guard lock(mutex_);
  const auto number = [this](const One& one) { return std::ranges::count(list_, one.group, &One::group); };
  const auto first = std::ranges::max_element(list_, {}, number);  // the first of equals
  if (first == list_.end() || number(*first) <= kShare) return;
  ::shutdown(first->socket, SHUT_RDWR);
  list_.erase(first);
}

}  // namespace isochrone::admin
