#include "probe/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace isochrone::probe {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

SocketAddress to_socket_address(const Endpoint& endpoint) {
  SocketAddress result;
  if (endpoint.address.family == Family::V4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, endpoint.address.octets.data(), 4);
    std::memcpy(&result.storage, &in, result.size = sizeof in);
  } else {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, endpoint.address.octets.data(), 16);
    std::memcpy(&result.storage, &in6, result.size = sizeof in6);
  }
  return result;
}

Fd open_socket(const health::Target& target, int type, int protocol) {
  const bool v4 = target.address.family == Family::V4;
  Fd fd(::socket(v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  const auto& source = v4 ? target.spec.source_v4 : target.spec.source_v6;
  if (!fd || !source) return fd;
  const int on = 1;
  // The port is chosen at connect(), when the peer is known: sources of one address then share ports.
  ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const SocketAddress from = to_socket_address({*source, 0});
  if (::bind(fd.get(), from.get(), from.size) == 0) return fd;
  const int why = errno;
  fd = Fd();
  errno = why;
  return fd;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

std::optional<TcpMeasure> measure_tcp(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  if (info.tcpi_rtt == 0) return {};
  return TcpMeasure{std::chrono::microseconds(info.tcpi_rtt), static_cast<int>(info.tcpi_total_retrans)};
}

void close_abruptly(const Fd& fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void want_receive_times(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

timespec real_time() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

Duration between(const timespec& from, const timespec& to) {
  const Duration d = std::chrono::seconds(to.tv_sec - from.tv_sec) + Duration(to.tv_nsec - from.tv_nsec);
  return std::max(d, Duration::zero());  // the real-time clock may be set back
}

Datagram receive(int fd, void* buffer, size_t size) {
  Datagram result;
  iovec part{buffer, size};
  alignas(cmsghdr) char control[256];
  msghdr message{};
  message.msg_name = &result.from.storage;
  message.msg_namelen = sizeof result.from.storage;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  result.size = ::recvmsg(fd, &message, 0);
  if (result.size < 0) return result;
  result.from.size = message.msg_namelen;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    std::memcpy(&result.received.emplace(), CMSG_DATA(c), sizeof(timespec));
  }
  return result;
}

}  // namespace isochrone::probe
