#pragma once
// What a worker counts. One writer, many readers, no locks: a cell is a relaxed atomic that only its worker stores
// to, and admin sums the cells of all workers when it is scraped (gdnsd's stats.h argues the case).

#include <array>
#include <atomic>
#include <cstdint>

#include "wire/types.h"

namespace isochrone::answer {

class Counter {
 public:
  void add(uint64_t n = 1) {  // by the owning worker only: a load and a store, no locked instruction
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  operator uint64_t() const { return value(); }

 private:
  std::atomic<uint64_t> value_{0};
};

enum class Transport : uint8_t { Udp, Tcp };

// The types worth a label of their own; everything else is counted as "other", so that strangers cannot make labels.
inline constexpr std::array kCountedTypes{
    wire::Type::A,   wire::Type::AAAA, wire::Type::NS,  wire::Type::SOA,    wire::Type::CNAME, wire::Type::MX,
    wire::Type::TXT, wire::Type::SRV,  wire::Type::PTR, wire::Type::DS,     wire::Type::DNSKEY, wire::Type::SVCB,
    wire::Type::HTTPS, wire::Type::CAA, wire::Type::ANY};
inline constexpr size_t kTypeBuckets = kCountedTypes.size() + 1;  // the last one: other
size_t type_bucket(wire::Type type);

inline constexpr std::array kCountedRcodes{wire::Rcode::NoError, wire::Rcode::FormErr, wire::Rcode::ServFail,
                                           wire::Rcode::NxDomain, wire::Rcode::NotImp, wire::Rcode::Refused,
                                           wire::Rcode::YxDomain, wire::Rcode::NotAuth, wire::Rcode::BadVers,
                                           wire::Rcode::BadCookie};
inline constexpr size_t kRcodeBuckets = kCountedRcodes.size();
size_t rcode_bucket(wire::Rcode rcode);  // every rcode we send has a bucket

// Upper bounds of the latency buckets in nanoseconds; one more bucket takes the rest. From the return of the read
// that brought a query to the end of the write that took its answer, told per batch: a batch counts as its slowest.
inline constexpr std::array<uint64_t, 12> kLatencyBounds{10'000,    25'000,    50'000,     100'000,    250'000,    500'000,
                                                         1'000'000, 2'500'000, 10'000'000, 25'000'000, 100'000'000, 1'000'000'000};

template <typename Cell>
struct Histogram {
  std::array<Cell, kLatencyBounds.size() + 1> buckets{};
  Cell sum_ns{};
};

// `Cell` is a Counter in a worker and a plain number in a sum.
template <typename Cell>
struct Tally {
  std::array<std::array<std::array<Cell, kRcodeBuckets>, kTypeBuckets>, 2> queries{};  // by Transport; one per answer
  std::array<Histogram<Cell>, 2> latency{};                                            // by Transport
  Cell edns{};                // queries with an OPT record
  Cell client_subnet{};       // queries with ECS
  Cell cookies_fresh{};       // with a client cookie alone
  Cell cookies_valid{};       // with a server cookie of ours
  Cell cookies_invalid{};     // with one that is not ours, or too old
  Cell truncated{};           // answers with TC
  Cell dropped_response{};    // QR=1: never answered
  Cell dropped_short{};       // no whole header: cannot be answered
  Cell dropped_source{};      // source port 0
  Cell dropped_send{};        // answers the kernel did not take
  Cell tcp_accepted{};
  Cell tcp_closed_idle{};     // no complete query, or no reading of answers, within the time limit
  Cell tcp_closed_limit{};    // closed early to make room, or refused for lack of it
  Cell tcp_closed_error{};    // framing that cannot be DNS, or a socket error
};

struct alignas(64) Counters : Tally<Counter> {
  void count_latency(Transport transport, uint64_t ns, uint64_t queries);
};

using Totals = Tally<uint64_t>;
void add_to(Totals& totals, const Counters& counters);

}  // namespace isochrone::answer
