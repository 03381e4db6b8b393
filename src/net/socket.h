#pragma once
// A file descriptor that closes itself, and addresses as the kernel writes them.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "util/ip.h"

namespace isochrone::net {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Socket() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// Large enough for either family; `length` as bind() wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static SocketAddress of(const Endpoint& endpoint);
};

// Of AF_INET or AF_INET6. A v4-mapped address stays IPv6: our IPv6 sockets are V6ONLY and never see one.
Endpoint endpoint_of(const sockaddr_storage& address);
// The same without the port, for every query: written in place.
inline void read_address(const sockaddr_storage& from, IpAddress& address) {
  if (from.ss_family == AF_INET) {
    address.family = Family::V4;
    address.octets = {};
    std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  } else {
    address.family = Family::V6;
    std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  }
}
inline IpAddress address_of(const sockaddr_storage& from) {
  IpAddress address;
  read_address(from, address);
  return address;
}

bool is_wildcard(const IpAddress& address);

}  // namespace isochrone::net
