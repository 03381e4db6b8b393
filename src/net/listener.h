#pragma once
// Opens every socket before a thread starts, so that a busy port is an error at start and not half a server.

#include <vector>

#include "net/socket.h"
#include "util/result.h"

namespace isochrone::net {

// The sockets of one address: one for each worker, sharing the port (SO_REUSEPORT), so the kernel spreads the load.
struct Listener {
  Endpoint endpoint;             // with the port that was chosen, where 0 was asked for
  std::vector<Socket> udp;       // bound; blocking
  std::vector<Socket> tcp;       // listening; non-blocking
};

inline constexpr int kTcpBacklog = 1024;  // clients the kernel has accepted and we have not; net.core.somaxconn cuts it

// Errors name the address: "127.0.0.1:53: address in use (another server?)". A port that anybody else has, even with
// SO_REUSEPORT, is refused: the kernel would hand half of our queries to them without a word.
Result<Listener> open_listener(const Endpoint& endpoint, int udp_workers, int tcp_workers);

}  // namespace isochrone::net
