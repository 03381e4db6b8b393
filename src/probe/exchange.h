#pragma once
// One HTTP request and its answer on a connection of its own, by libcurl: what the kinds http, https and grpc share.
//
// Every try makes a new connection and a whole handshake. Keeping connections would cost a fifth of the CPU, but would
// prove less and measure worse: clients of a gateway connect anew, so a listener that accepts nobody must show; the
// certificate and its expiry are seen at every try; and the RTT of SYN and SYN-ACK is the only one that holds none of
// the server's thinking (on a kept connection the acknowledgement waits for the answer). docs/performance.md: the
// price.
//
// The URL names the host for Host, SNI and the certificate; the connection goes to the target's address whatever the
// name resolves to. No redirect is followed, no proxy of the environment used, nothing but HTTP spoken.

#include <functional>

#include "probe/attempt.h"
#include "probe/http_message.h"

namespace isochrone::probe {

// Headers of all answers together; a server that sends more is cut off.
inline constexpr size_t kHeaderLimit = 64 * 1024;

// Is it what was expected? Fills failure, phase and reason where it is not.
using Judge = std::function<void(const Answer&, health::Outcome&)>;

Started start_exchange(Workshop& workshop, const health::Target& target, const Request& request, Judge judge,
                       Done done);

}  // namespace isochrone::probe
