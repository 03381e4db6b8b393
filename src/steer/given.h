#pragma once
// What a client is given, before anything is said of its scope: what steer() answers with, and what neighbours are
// compared by when scopes are merged, so that the two cannot differ.

#include "steer/decide.h"

namespace isochrone::steer {

// What a choice was made by.
struct Grounds {
  DecidedBy by = DecidedBy::NoGateway;
  // Of the pool or of one in it that was asked: it looked at the network of weight_cut() bits around the client; at the
  // client's address, not its block alone; at a number drawn for this answer.
  bool by_network = false, by_subnet = false, is_drawn = false;
};

// Fills `choice`, all but its scope: a choice that is made elsewhere and copied at once makes the copy wait.
Grounds give(const Steering& steering, const Pool& pool, Family family, const Client& client, Choice& choice, Recorder* recorder);

}  // namespace isochrone::steer
