#pragma once
// The sockets that all ICMP probes share, one per family and source address, and who waits for which reply.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "health/probe.h"
#include "probe/attempt.h"
#include "util/ip.h"
#include "util/result.h"

namespace isochrone::probe {

class Pinger {
 public:
  explicit Pinger(uv_loop_t* loop);
  ~Pinger();

  // From just before the send to the kernel's receive time; or what a router on the way, or the target itself, said in
  // an ICMP error: "host unreachable, says 192.0.2.254". Called once, from the loop, unless forgotten.
  using RoundTrip = tl::expected<Duration, std::string>;
  using Reply = std::function<void(const RoundTrip&)>;

  // Sends an echo request. Returns its number, to forget() it by; or what failed, always something of ours but for
  // an unreachable network that the kernel knows of.
  tl::expected<uint64_t, health::Outcome> ping(const health::Target& target, Reply reply);
  void forget(uint64_t number);

 private:
  class Line;
  struct Waiting;

  tl::expected<Line*, health::Outcome> find_line(const health::Target& target);
  void take(const IpAddress& from, uint64_t number, const timespec& received);
  void take_error(const IpAddress& to, uint64_t number, std::string said);
  std::optional<Waiting> find(const IpAddress& peer, uint64_t number);

  uv_loop_t* loop_;
  std::map<std::pair<Family, std::optional<IpAddress>>, std::unique_ptr<Line>> lines_;
  std::unordered_map<uint64_t, Waiting> waiting_;
  uint64_t next_;
};

}  // namespace isochrone::probe
