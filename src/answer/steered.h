#pragma once
// Names whose addresses, or the name that leads to them, are chosen for the client.

#include "answer/answering.h"

namespace isochrone::answer {

// Who this query is answered for; located once.
const steer::Client& client_of(Answering& a);

// The choice for this query's client; the ECS scope of the answer grows to what it needs.
steer::Choice choose(Answering& a, zone::PoolId pool, Family family);

// Calls use(answer) → bool for the RRs of each gateway chosen until it returns false, and returns the last result.
template <typename Use>
bool for_each_answer(const steer::Choice& choice, const Use& use) {
  if (choice.answer && !use(*choice.answer)) return false;
  for (const steer::Answer* further : choice.further)
    if (!further) break;
    else if (!use(*further)) return false;
  return true;
}

// The RRs of all gateways chosen; false where they do not fit.
bool append_choice(wire::Response& response, wire::Section section, const wire::Owner& owner, const steer::Choice& choice);

// The chosen addresses as the answer to the last name, or the CNAME to the chosen one, of a pool whose gateways are names:
// Follow then. `family`: the one asked for; of names, either.
Step answer_steered(Answering& a, zone::PoolId pool, Family family);
// The same in two halves, for who looks at the choice first: what is chosen is appended and counted, and anything but NoData told;
Step answer_choice(Answering& a, zone::PoolId pool, const steer::Choice& choice);
// that nothing is given of what may be, by `all-down: nodata`.
void tell_no_data(Answering& a, zone::PoolId pool);

}  // namespace isochrone::answer
