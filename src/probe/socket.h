#pragma once
// Sockets to a target, and what the kernel measured on them.

#include <sys/socket.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "health/probe.h"
#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::probe {

// An open descriptor; closed with its owner. -1: none.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
SocketAddress to_socket_address(const Endpoint& endpoint);

// Non-blocking, close-on-exec, bound to the probe's source address of that family where it has one. On failure the
// descriptor is -1 and errno says why.
Fd open_socket(const health::Target& target, int type, int protocol = 0);

// How a connect() that was under way ended: 0, or errno.
int connect_error(int fd);

// What TCP itself has measured; nullopt where `fd` is no connected TCP socket. Right after the handshake `rtt` is that
// of SYN and SYN-ACK alone: neither the peer's thinking nor its delayed acknowledgements are in it.
struct TcpMeasure {
  Duration rtt{};
  int retransmits = 0;  // segments sent again so far
};
std::optional<TcpMeasure> measure_tcp(int fd);

// Its close will send RST and leave no TIME_WAIT behind: for connections that carried nothing.
void close_abruptly(const Fd& fd);

// Kernel receive times (SO_TIMESTAMPNS) on the real-time clock, and the same clock to subtract from them.
void want_receive_times(int fd);
timespec real_time();
Duration between(const timespec& from, const timespec& to);

// One datagram, with the kernel's receive time where it gave one. size < 0: errno says why.
struct Datagram {
  ssize_t size = -1;
  std::optional<timespec> received;
  SocketAddress from;
};
Datagram receive(int fd, void* buffer, size_t size);

}  // namespace isochrone::probe
