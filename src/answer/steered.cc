#include "answer/steered.h"

#include <algorithm>

#include "answer/alias.h"
#include "answer/rdata.h"
#include "util/remake.h"

namespace isochrone::answer {

const steer::Client& client_of(Answering& a) {
  if (!a.client) {
    const auto& subnet = a.query.edns.subnet;
    const std::optional<Prefix> prefix = subnet ? std::optional(subnet->prefix()) : std::nullopt;
    remake(a.located, [&] { return steer::locate(a.snapshot.steering, prefix, a.asker.resolver, a.query.id); });
    a.client = &a.located;
  }
  return *a.client;
}

namespace {

// Nothing of the pool is healthy: counted and told (RFC 8914 §4.1), whatever `all-down` made of it.
void tell_all_down(Answering& a, zone::PoolId pool) {
  if (a.snapshot.slots) a.counters.answers(a.snapshot.slots->all_down(pool)).add();
  a.opt.error = wire::ExtendedError::Other;
  a.opt.error_text = "no gateway is healthy";
}

// That, and that nothing is given for it.
void tell_withheld(Answering& a, zone::PoolId pool) {
  tell_all_down(a, pool);
  if (a.snapshot.slots) a.decided = a.snapshot.slots->region(pool, steer::kNoRegion);
}

}  // namespace

steer::Choice choose(Answering& a, zone::PoolId pool, Family family) {
  const steer::Choice choice = steer::steer(a.snapshot.steering, pool, family, client_of(a));
  // Negative answers are the same for every client: scope 0 (DESIGN §4, RFC 7871 §7.4).
  if (choice.answer) a.opt.scope_prefix_len = std::max(a.opt.scope_prefix_len, choice.scope_prefix_len);
  return choice;
}

namespace {

void count(Answering& a, zone::PoolId pool, const steer::Choice& choice) {
  if (!a.snapshot.slots) return;
  a.decided = a.snapshot.slots->region(pool, choice.region);
  a.counters.answers(a.decided).add();
}

}  // namespace

bool append_choice(wire::Response& response, wire::Section section, const wire::Owner& owner, const steer::Choice& choice) {
  return for_each_answer(choice, [&](const steer::Answer& given) {
    if (choice.lowered_ttl) return response.append_for(section, owner, given.type, choice.lowered_ttl, given.count, given.wire);
    return response.append(section, owner, given.type, given.count, given.wire);
  });
}

void tell_no_data(Answering& a, zone::PoolId pool) {
  tell_withheld(a, pool);
  a.most_negative_ttl = a.snapshot.steering.pools[pool]->spec.ttl_min;  // caches are to come back soon
}

Step answer_steered(Answering& a, zone::PoolId pool, Family family) {
  const steer::Choice choice = choose(a, pool, family);
  if (choice.outcome == steer::Outcome::NoData && a.snapshot.steering.pools[pool]->family(family).may_answer()) tell_no_data(a, pool);
  return answer_choice(a, pool, choice);
}

Step answer_choice(Answering& a, zone::PoolId pool, const steer::Choice& choice) {
  switch (choice.outcome) {
    case steer::Outcome::Steered: break;
    case steer::Outcome::AllDown: tell_all_down(a, pool); break;
    case steer::Outcome::ServFail: tell_withheld(a, pool); return Step::ServFail;
    case steer::Outcome::NoData: return Step::NoData;
  }
  if (!append_choice(a.response, wire::Section::Answer, a.owner(), choice)) return Step::Truncated;
  count(a, pool, choice);
  const steer::Answer& given = *choice.answer;
  // A name: what is asked for is there (RFC 1034 §4.3.2 step 3a), unless it is the CNAME itself or "any" (RFC 8482).
  if (given.type == wire::Type::CNAME && a.query.qtype != wire::Type::CNAME && a.query.qtype != wire::Type::ANY)
    return follow(a, first_rdata({given.type, given.count, given.ttl, given.wire}));
  return Step::Hit;
}

}  // namespace isochrone::answer
