#pragma once
// answer: a query and the snapshot in, the octets of the answer out. Pure: no clock, no socket, no allocation.
//
//   datagram ─► handle ─► parse_query ─► respond ─┬─ not a plain question: FORMERR, NOTIMP, BADVERS, REFUSED
//                                                 └─ internet.h: RFC 1034 §4.3.2 ─┬─ zone: what the tree says
//                                                                                 └─ steer: who gets which gateway
//
// UDP workers take the two halves apart, to ask for the map's cache lines of a whole batch before they answer it.

#include <cstdint>
#include <span>

#include "answer/counter_table.h"
#include "answer/snapshot.h"
#include "util/ip.h"
#include "wire/query.h"

namespace isochrone::answer {

// Over UDP no answer is longer, whatever the settings and the client say: what `out` must have room for.
inline constexpr size_t kMaxUdpAnswer = 4096;

// Who sent the query, and when.
struct Asker {
  IpAddress resolver;          // the source address as it came, IPv4 in its own form
  bool tcp = false;
  uint32_t unix_seconds = 0;   // modulo 2^32, for cookies
};

// Writes the answer into `out` and returns its length; 0: send nothing. `out` has room for kMaxUdpAnswer octets, over
// TCP for wire::kMaxMessage. `query` is what parse_query made with `parsed`, from a datagram that is still there.
size_t respond(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot, const Asker& asker,
               std::span<uint8_t> out, WorkerCounters& counters);

// Asks for the cache line that respond() will wait for first.
void prefetch(const wire::Query& query, const Snapshot& snapshot, const Asker& asker);

// Parse and respond.
size_t handle(std::span<const uint8_t> datagram, const Snapshot& snapshot, const Asker& asker, std::span<uint8_t> out,
              WorkerCounters& counters);

}  // namespace isochrone::answer
