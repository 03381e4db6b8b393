#pragma once
// ICMP errors of a socket, out of its error queue (ip(7), IP_RECVERR): who says so, and in words what.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "probe/socket.h"
#include "util/ip.h"

namespace isochrone::probe {

// The address in a socket address; absent where it is of another family.
std::optional<IpAddress> address_of(const sockaddr_storage& storage);

// From now on errors are queued, and each is told once as errno too, to whoever uses the socket next.
void want_errors(int fd, Family family);

struct IcmpError {
  IpAddress to;                     // where the packet was sent that did not arrive
  std::span<const uint8_t> quoted;  // the beginning of it, from its ICMP header on; in the caller's buffer
  std::string said;                 // "host unreachable, says 192.0.2.254"
};

// The next one; absent: there is none. Such as say nothing of the target (a packet too big) are passed over.
std::optional<IcmpError> receive_error(int fd, std::span<uint8_t> buffer);

}  // namespace isochrone::probe
