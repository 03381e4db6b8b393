#pragma once
// What all TCP workers together give to clients: places, a limit for all and one for each client address, and memory for
// answers that clients do not take.

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
  // Octets held for all clients together: answers they do not take, and queries behind those. One client holds some
  // 200 KiB at most, so 4,096 that never read would hold 800 MiB.
  int64_t held = 64 << 20;
};

// Any thread.
class TcpGate {
 public:
  explicit TcpGate(const TcpLimits& limits) : limits_(limits) {}

  enum class Entry : uint8_t { Admitted, Full, FullForClient };
  Entry enter(const IpAddress& client);  // Admitted: leave() once
  void leave(const IpAddress& client);

  int clients() const { return clients_; }  // let in now
  // A connection holds so many octets more, or fewer.
  void hold(int64_t octets) { held_.fetch_add(octets, std::memory_order_relaxed); }
  int64_t held() const { return held_.load(std::memory_order_relaxed); }
  bool holds_too_much() const { return held() > limits_.held; }
  void count_unread() { closed_unread_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t closed_unread() const { return closed_unread_.load(std::memory_order_relaxed); }

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
  std::atomic<int64_t> held_{0};
  std::atomic<uint64_t> closed_unread_{0};  // connections, since the start
  std::mutex mutex_;                                     // guards by_group_; taken once per connection
  std::unordered_map<IpAddress, int, Hash> by_group_;
};

}  // namespace isochrone::net
