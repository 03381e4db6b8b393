#include "net/listener.h"

#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

namespace isochrone::net {
namespace {

// Holds some 5,000 queries: 50 ms of 100,000 a second while the worker is off its core.
constexpr int kBuffer = 4 << 20;         // octets, either way; without CAP_NET_ADMIN net.core.rmem_max is the most
constexpr int kReceiveTimeoutMs = 250;   // an idle worker wakes this often, to let go of its snapshot
constexpr int kDeferAcceptSeconds = 3;   // a TCP connection without a query is not shown to us for so long
constexpr int kMaxPortTries = 16;
constexpr int kIpv6MinMtu = 1280;        // octets, RFC 8200 §5

template <typename T>
bool set(int fd, int level, int option, T value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

std::string explain(int error) {
  switch (error) {
    case EADDRINUSE: return "address in use (another server?)";
    case EADDRNOTAVAIL: return "no interface of this machine has that address";
    case EACCES: return "permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
    case EAFNOSUPPORT: return "this machine has no IPv6";
    case EMFILE: return "no file descriptors left (raise the limit of open files)";
    default: return std::strerror(error);
  }
}

tl::unexpected<Error> fail_at(const Endpoint& endpoint) { return fail(endpoint.to_text() + ": " + explain(errno)); }

Socket open_socket(Family family, int type) {
  Socket socket(::socket(family == Family::V4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
  if (socket && family == Family::V6) set(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return socket;
}

bool bind_to(const Socket& socket, const Endpoint& endpoint) {
  const SocketAddress address = SocketAddress::of(endpoint);
  return bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0;
}

uint16_t bound_port(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length);
  return endpoint_of(address).port;
}

// Nobody has the port: an exclusive bind works. The sockets are closed again; port 0 comes back as a free one.
Result<Endpoint> claim(Endpoint endpoint) {
  const bool any_port = endpoint.port == 0;
  for (int tries = 0;; ++tries) {
    const Socket udp = open_socket(endpoint.address.family, SOCK_DGRAM);
    if (!udp || !bind_to(udp, endpoint)) return fail_at(endpoint);
    Endpoint chosen = endpoint;
    chosen.port = bound_port(udp);
    const Socket tcp = open_socket(endpoint.address.family, SOCK_STREAM);
    // For TCP this only passes over connections of an earlier run in TIME_WAIT, not over a listener.
    if (tcp) set(tcp.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (tcp && bind_to(tcp, chosen) && listen(tcp.fd(), 1) == 0) return chosen;
    if (!any_port || errno != EADDRINUSE || tries == kMaxPortTries) return fail_at(chosen);
  }
}

// A forged "packet too big" must not make us send fragments (RFC 9715 §3.1): path MTU is never discovered.
void ignore_path_mtu(const Socket& socket, Family family) {
  if (family == Family::V4) {
    set(socket.fd(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  } else {
    set(socket.fd(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    set(socket.fd(), IPPROTO_IPV6, IPV6_MTU, kIpv6MinMtu);
  }
}

Socket open_udp(const Endpoint& endpoint) {
  const Family family = endpoint.address.family;
  Socket socket = open_socket(family, SOCK_DGRAM);
  if (!socket) return socket;
  set(socket.fd(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (!set(socket.fd(), SOL_SOCKET, SO_RCVBUFFORCE, kBuffer)) set(socket.fd(), SOL_SOCKET, SO_RCVBUF, kBuffer);
  if (!set(socket.fd(), SOL_SOCKET, SO_SNDBUFFORCE, kBuffer)) set(socket.fd(), SOL_SOCKET, SO_SNDBUF, kBuffer);
  set(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, timeval{0, kReceiveTimeoutMs * 1000});
  ignore_path_mtu(socket, family);
  if (is_wildcard(endpoint.address)) {
    if (family == Family::V4) set(socket.fd(), IPPROTO_IP, IP_PKTINFO, 1);
    else set(socket.fd(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  if (!bind_to(socket, endpoint)) socket.reset();
  return socket;
}

Socket open_tcp(const Endpoint& endpoint) {
  Socket socket = open_socket(endpoint.address.family, SOCK_STREAM | SOCK_NONBLOCK);
  if (!socket) return socket;
  set(socket.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  set(socket.fd(), SOL_SOCKET, SO_REUSEPORT, 1);
  set(socket.fd(), IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what it accepts
  set(socket.fd(), IPPROTO_TCP, TCP_DEFER_ACCEPT, kDeferAcceptSeconds);
  if (!bind_to(socket, endpoint) || listen(socket.fd(), kTcpBacklog) != 0) socket.reset();
  return socket;
}

}  // namespace

Result<Listener> open_listener(const Endpoint& endpoint, int udp_workers, int tcp_workers) {
  const Result<Endpoint> claimed = claim(endpoint);
  if (!claimed) return tl::unexpected(claimed.error());
  Listener listener{*claimed, {}, {}};
  for (int i = 0; i < udp_workers; ++i) {
    listener.udp.push_back(open_udp(*claimed));
    if (!listener.udp.back()) return fail_at(*claimed);
  }
  for (int i = 0; i < tcp_workers; ++i) {
    listener.tcp.push_back(open_tcp(*claimed));
    if (!listener.tcp.back()) return fail_at(*claimed);
  }
  return listener;
}

}  // namespace isochrone::net
