#pragma once
// The kernel's own round-trip times of the TCP connections that this machine has accepted: sock_diag's INET_DIAG
// (linux/inet_diag.h), one dump a look. No packet is captured, no privilege is needed, and the kernel leaves out all
// sockets but the established ones of the ports asked for.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "util/ip.h"
#include "util/result.h"

namespace isochrone::probe {

struct SeenConnection {
  uint64_t cookie = 0;   // names the socket until the machine is started anew
  IpAddress client;      // as the kernel has it: v4-mapped where the socket is of IPv6
  uint32_t rtt_us = 0;   // smoothed; 0: not measured yet
  uint32_t news = 0;     // another number once something was acknowledged, and so measured, since
  bool is_own = false;   // of this machine with itself: both ends have one address
};

class TcpDiag {
 public:
  static Result<TcpDiag> open();
  TcpDiag(TcpDiag&& o) noexcept;
  ~TcpDiag();

  // Of both families; blocks for as long as the kernel takes, some microseconds a connection. An Error where the
  // kernel refuses, or a dump was cut short; what came before it has been handed out.
  Status look(std::span<const uint16_t> ports, const std::function<void(const SeenConnection&)>& use);

 private:
  explicit TcpDiag(int fd) : fd_(fd) {}
  Status look(uint8_t family, std::span<const uint16_t> ports, const std::function<void(const SeenConnection&)>& use);
  Status ask(uint8_t family, std::span<const uint16_t> ports);

  int fd_;
  uint32_t sequence_ = 0;
  std::vector<uint8_t> buffer_;
};

}  // namespace isochrone::probe
