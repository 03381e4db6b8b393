#pragma once
// The rules of DNS cookies, RFC 7873 §5.2 and RFC 9018 §4.3. A query without a good server cookie is answered all the
// same and given one: BADCOOKIE would cost every new client a round trip and is for servers under attack.

#include "answer/responder.h"
#include "wire/edns.h"

namespace isochrone::answer {

// The cookie option of the answer, where we have a secret: the client's server cookie while it is good, else a new one.
void offer_cookie(wire::Opt& opt, const wire::Cookie& cookie, const Settings& settings, const Asker& asker,
                  Counters& counters);

// RFC 7873 §5.4, a query without question that only wants a cookie: NOERROR, BADCOOKIE where the one it has is not good,
// FORMERR where we have no secrets.
wire::Rcode cookie_only_rcode(const wire::Query& query, const Settings& settings, const Asker& asker);

}  // namespace isochrone::answer
