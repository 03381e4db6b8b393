#pragma once
// answer: a query and the snapshot in, the octets of the answer out. Pure: no clock, no socket, no allocation.
//
//   datagram ─► handle ─► parse_query ─► respond ─┬─ not a plain question: FORMERR, NOTIMP, BADVERS, REFUSED
//                                                 └─ internet.h: RFC 1034 §4.3.2 ─┬─ zone: what the tree says
//                                                                                 └─ steer: who gets which gateway
//
// UDP workers take a batch through Ahead's steps before they answer it: see there.

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

// The memory that a steered answer waits for: the map's root, the client's block, its source, its row, each found
// through the one before. A batch of queries goes through the steps together, so that one query's memory comes while the others are
// looked at. Only queries with a client subnet gain: resolvers are few, and what is known of them is near.
class Ahead {
 public:
  void begin(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot);
  void ask_for_block(const Snapshot& snapshot) const;
  void ask_for_source(const wire::Query& query, const Snapshot& snapshot, const Asker& asker);
  void ask_for_row(const Snapshot& snapshot) const;
  // Null where nothing was looked up.
  const steer::Client* client() const { return wanted_ ? &client_ : nullptr; }

 private:
  bool wanted_ = false;
  steer::Client client_;
};

// Writes the answer into `out` and returns its length; 0: send nothing. `out` has room for kMaxUdpAnswer octets, over
// TCP for wire::kMaxMessage. `query` is what parse_query made with `parsed`, from a datagram that is still there.
// `located`: the client as steer::locate makes it of this query, where that is known already.
size_t respond(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot, const Asker& asker,
               std::span<uint8_t> out, WorkerCounters& counters, const steer::Client* located = nullptr);

// Parse and respond.
size_t handle(std::span<const uint8_t> datagram, const Snapshot& snapshot, const Asker& asker, std::span<uint8_t> out,
              WorkerCounters& counters);

}  // namespace isochrone::answer
