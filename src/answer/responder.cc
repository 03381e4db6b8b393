#include "answer/responder.h"

#include <array>

#include "answer/answering.h"
#include "answer/cookies.h"
#include "answer/edns.h"
#include "answer/internet.h"
#include "steer/scopes.h"
#include "util/remake.h"
#include "wire/tsig.h"

namespace isochrone::answer {
namespace {

// The RCODE a question gets for its class and type alone; NoError: it is to be looked up.
wire::Rcode judge_question(const wire::Query& query) {
  if (query.has_tsig) return wire::Rcode::NotAuth;  // no key is known here: see refuse_key()
  if (query.qclass != wire::Class::IN) return wire::Rcode::Refused;
  constexpr wire::Type kReserved{0}, kNxName{128};  // RFC 6895 §3.1; RFC 9824 §3.5
  if (query.qtype == kReserved || query.qtype == kNxName) return wire::Rcode::FormErr;
  switch (query.qtype) {
    case wire::Type::OPT:
    case wire::Type::TSIG: return wire::Rcode::FormErr;  // never asked for
    case wire::Type::TKEY:
    case wire::Type::MAILA:
    case wire::Type::MAILB: return wire::Rcode::NotImp;
    case wire::Type::AXFR:
    case wire::Type::IXFR: return wire::Rcode::Refused;
    default: return wire::Rcode::NoError;  // types nobody has heard of too, RFC 3597
  }
}

void count_answer(Counters& counters, const wire::Query& query, const Asker& asker, const wire::Response& response) {
  const size_t type = query.question.empty() ? kTypeBuckets - 1 : type_bucket(query.qtype);
  counters.queries[asker.tcp ? 1 : 0][type][rcode_bucket(response.rcode())].add();
  if (response.truncated()) counters.truncated.add();
}

// RFC 8945 §5.2.1.
size_t refuse_key(const wire::Query& query, wire::Response& response, const wire::Opt* opt) {
  std::array<uint8_t, wire::kMaxTsigError> room;
  return response.finish(opt, wire::bad_key(query, room)).size();
}

size_t drop(const wire::Query& query, Counters& counters) {
  (query.flags & 0x8000 ? counters.dropped_response : counters.dropped_short).add();
  return 0;
}

}  // namespace

size_t respond(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot, const Asker& asker,
               std::span<uint8_t> out, WorkerCounters& counters, const steer::Client* located) {
  if (parsed == wire::Parsed::Drop) return drop(query, counters);

  const bool has_opt = query.edns.present;
  wire::Opt opt = has_opt ? make_opt(query, parsed, snapshot, asker, counters) : wire::Opt();
  wire::Response response(query, out, answer_limit(query, snapshot.settings, asker), has_opt ? wire::opt_size(opt) : 0);

  uint32_t decided = 0;
  switch (parsed) {
    case wire::Parsed::Drop:
    case wire::Parsed::FormErr: response.set_rcode(wire::Rcode::FormErr); break;
    case wire::Parsed::NotImp: response.set_rcode(wire::Rcode::NotImp); break;
    case wire::Parsed::BadVers: response.set_rcode(wire::Rcode::BadVers); break;
    case wire::Parsed::CookieOnly: response.set_rcode(cookie_only_rcode(query, snapshot.settings, asker)); break;
    case wire::Parsed::Ok:
      response.set_rcode(judge_question(query));
      if (response.rcode() == wire::Rcode::FormErr) opt.subnet = nullptr;
      if (response.rcode() != wire::Rcode::NoError) break;
      Answering answering(query, snapshot, asker, response, opt, counters);
      answering.client = located;
      answer_internet(answering);
      decided = answering.decided;
  }
  const wire::Opt* sent = has_opt ? &opt : nullptr;
  const bool is_refused_key = response.rcode() == wire::Rcode::NotAuth;
  const size_t size = is_refused_key ? refuse_key(query, response, sent) : response.finish(sent).size();
  count_answer(counters, query, asker, response);
  if (counters.log && counters.log->wants())
    counters.log->note(query, asker.resolver, asker.tcp ? Transport::Tcp : Transport::Udp, asker.unix_seconds,
                       response.rcode(), size, {decided, opt.scope_prefix_len});
  return size;
}

void Ahead::begin(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot) {
  const auto& subnet = query.edns.subnet;
  wanted_ = parsed == wire::Parsed::Ok && subnet && subnet->source_prefix_len > 0 && snapshot.steering.map &&
            !snapshot.steering.map->is_trivial();
  if (!wanted_) return;
  client_.address = fold(subnet->prefix().address).address;
  snapshot.steering.map->prefetch_root(client_.address);
}

void Ahead::ask_for_block(const Snapshot& snapshot) const {
  if (wanted_) snapshot.steering.map->prefetch_node(client_.address);
}

void Ahead::ask_for_source(const wire::Query& query, const Snapshot& snapshot, const Asker& asker) {
  if (!wanted_) return;
  remake(client_, [&] { return steer::locate(snapshot.steering, query.edns.subnet->prefix(), asker.resolver, query.id); });
  snapshot.steering.map->prefetch_source(client_.block.source);
  if (snapshot.steering.scopes) snapshot.steering.scopes->prefetch(client_.block, query.qtype == wire::Type::AAAA ? Family::V6 : Family::V4);
}

void Ahead::ask_for_row(const Snapshot& snapshot) const {
  if (wanted_) snapshot.steering.map->prefetch_row(client_.block.source);
}

size_t handle(std::span<const uint8_t> datagram, const Snapshot& snapshot, const Asker& asker, std::span<uint8_t> out,
              WorkerCounters& counters) {
  wire::Query query;
  const wire::Parsed parsed = wire::parse_query(datagram, query);
  return respond(query, parsed, snapshot, asker, out, counters);
}

}  // namespace isochrone::answer
