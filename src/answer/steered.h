#pragma once
// Names whose addresses are chosen for the client.

#include "answer/answering.h"

namespace isochrone::answer {

// The choice for this query's client; the ECS scope of the answer grows to what it needs.
steer::Choice choose(Answering& a, zone::PoolId pool, Family family);

// The chosen addresses as the answer to the last name.
Step answer_steered(Answering& a, zone::PoolId pool, Family family);

}  // namespace isochrone::answer
