#pragma once
// One answer in the making: what the steps of internet.h share. Lives on the stack of respond(); a step reads it,
// appends to the response and returns a Step.

#include <array>
#include <limits>

#include "answer/responder.h"
#include "wire/response.h"

namespace isochrone::answer {

// What a step found, in the terms of RFC 1034 §4.3.2 and RFC 2308.
enum class Step : uint8_t {
  Hit,        // the answer section is complete
  NoData,     // the name is there, the type is not
  NxDomain,   // there is no such name
  Referral,   // the name lies in a child zone that others serve
  Follow,     // a CNAME was appended: its target is the last name of the chain
  YxDomain,   // a DNAME leads to a name that is too long
  ServFail,   // all-down: servfail
  Refused,    // who asks may not know
  Truncated,  // an RRset had no room
};

// The name looked for at first, then the targets of CNAMEs.
struct ChainedName {
  wire::QName name;                             // lower case
  std::array<uint8_t, wire::kMaxName> spelled;  // as the zone spells it; as long as name
  wire::NameView view() const { return {spelled.data(), name.size}; }
};

// More CNAMEs than this are not followed; the client may go on from the last one. (BIND follows 16, NSD 23.)
inline constexpr int kMaxChain = 16;

struct Answering {
  static constexpr wire::Ttl kNoMost = std::numeric_limits<wire::Ttl>::max();

  Answering(const wire::Query& q, const Snapshot& s, const Asker& who, wire::Response& r, wire::Opt& o, WorkerCounters& c)
      : query(q), snapshot(s), asker(who), response(r), opt(o), counters(c), name(&q.qname) {}
  Answering(const Answering&) = delete;

  const wire::Query& query;
  const Snapshot& snapshot;
  const Asker& asker;
  wire::Response& response;
  wire::Opt& opt;  // of the answer, if it has one: scope and error are for the steps to tell
  WorkerCounters& counters;

  // The last name of the chain and the zone it is in.
  const wire::QName* name;
  const zone::Zone* zone = nullptr;
  int apex_suffix = 0;
  int chain_length = 0;
  wire::Ttl most_negative_ttl = kNoMost;  // what a negative answer may be kept for at most, beside the zone's own

  uint32_t decided = 0;                   // AnswerSlots': pool and region that the last steered name was given; 0: nothing was steered
  const steer::Client* client = nullptr;  // whom the answer is for: given, or located for the first steered name

  // Unions, so that they are not touched by the many answers without: only what `client` looks at, where it was not given, and
  // the first chain_length of 14 KiB are alive.
  union {
    steer::Client located;
  };
  union {
    std::array<ChainedName, kMaxChain> chain;
  };

  // The last name in the case it was asked in, or that of the CNAME that led to it.
  wire::NameView spelled() const {
    if (chain_length == 0) return query.question.first(name->size);
    return chain[static_cast<size_t>(chain_length - 1)].view();
  }
  // The owner of RRs at the last name of the chain, or at an ancestor: the suffix that begins at label `i`.
  wire::Owner owner(int i = 0) const {
    if (chain_length == 0) return i == 0 ? wire::Owner::qname() : wire::Owner::suffix(i);
    const wire::NameView view = spelled();
    return wire::Owner::name(view.subspan(view.size() - name->suffix(i).size()));
  }
};

}  // namespace isochrone::answer
