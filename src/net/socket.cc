#include "net/socket.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>

namespace isochrone::net {

void Socket::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

SocketAddress SocketAddress::of(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.address.family == Family::V4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.octets.data(), 4);
    address.length = sizeof(sockaddr_in);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.octets.data(), 16);
    address.length = sizeof(sockaddr_in6);
  }
  return address;
}

Endpoint endpoint_of(const sockaddr_storage& address) {
  const uint16_t port = address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                                     : reinterpret_cast<const sockaddr_in6&>(address).sin6_port;
  return {address_of(address), ntohs(port)};
}

bool is_wildcard(const IpAddress& address) {
  return std::ranges::all_of(address.octets, [](uint8_t octet) { return octet == 0; });
}

}  // namespace isochrone::net
