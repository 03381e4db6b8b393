#pragma once
// The WAN without its devices: packets in, packets out when they are due. No clock, no socket: times are handed in.
//
//   TUN of a place ─► send(from, packet, now) ─► Link ─► queue by arrival ─► take_due(now) ─► TUN of another place

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "link.h"
#include "plan.h"

namespace isochrone::lab {

struct Packet {
  Time due;
  uint64_t number;  // keeps packets of one due time in the order they came
  size_t to;
  std::vector<uint8_t> octets;
};

// How late packets were handed out against their due time, in buckets of 10 µs up to 20 ms.
class Lateness {
 public:
  void add(Time late);
  // Microseconds below which `share` of the packets were; 0 where there was none.
  int64_t quantile_us(double share) const;
  int64_t max_us() const { return max_us_; }

 private:
  static constexpr int64_t kBucketUs = 10;
  std::array<uint32_t, 2001> buckets_{};
  uint64_t count_ = 0;
  int64_t max_us_ = 0;
};

struct Counters {
  uint64_t delivered = 0;
  uint64_t lost = 0;        // by loss or a cut
  uint64_t unroutable = 0;  // to nobody's address, or no IP at all
  Lateness lateness;
};

class Network {
 public:
  Network(Plan plan, uint64_t seed);

  const Plan& plan() const { return plan_; }
  Link& link(size_t from, size_t to) { return links_[from * plan_.places.size() + to]; }
  Counters& counters() { return counters_; }

  // A dead place neither sends nor receives, whatever its links say.
  void set_dead(size_t place, bool dead) { dead_[place] = dead; }
  bool dead(size_t place) const { return dead_[place]; }

  // Takes an IP packet that left `from` at `now`.
  void send(size_t from, std::span<const uint8_t> octets, Time now);

  // When take_due() will next have something; nullopt while nothing travels.
  std::optional<Time> next_due() const;

  // Hands out, in order of arrival, every packet due by `now`. A place that died meanwhile gets none.
  void take_due(Time now, const std::function<void(const Packet&)>& deliver);

 private:
  std::optional<size_t> destination(std::span<const uint8_t> octets) const;

  Plan plan_;
  std::vector<Link> links_;
  std::vector<bool> dead_;
  std::vector<Packet> queue_;  // a heap, earliest first
  uint64_t packets_ = 0;
  Random random_;
  Counters counters_;
};

}  // namespace isochrone::lab
