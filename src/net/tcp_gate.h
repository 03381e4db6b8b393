#pragma once
// How many TCP clients are let in: a limit for all and one for each client address, over all TCP workers.

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::net {

struct TcpLimits {
  int clients = 4096;
  int clients_per_address = 256;  // an IPv4 address, or an IPv6 /64: who has one address of it has them all
  Duration idle = 10s;            // without a complete query, or without reading our answers (RFC 7766 §6.2.3)
};

// Any thread.
class TcpGate {
 public:
  explicit TcpGate(const TcpLimits& limits) : limits_(limits) {}

  enum class Entry : uint8_t { Admitted, Full, FullForClient };
  Entry enter(const IpAddress& client);  // Admitted: leave() once
  void leave(const IpAddress& client);

  int clients() const { return clients_; }  // let in now
  // What a connection may idle now: less when places are short, so that newcomers find one.
  Duration idle_limit() const;
  // The clients that share one limit.
  static IpAddress group_of(const IpAddress& client);

 private:
  struct Hash {
    size_t operator()(const IpAddress& address) const;
  };

  const TcpLimits limits_;
  std::atomic<int> clients_{0};
  std::mutex mutex_;                                     // guards by_group_; taken once per connection
  std::unordered_map<IpAddress, int, Hash> by_group_;
};

}  // namespace isochrone::net
