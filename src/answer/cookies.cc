#include "answer/cookies.h"

#include <algorithm>

namespace isochrone::answer {

void offer_cookie(wire::Opt& opt, const wire::Cookie& cookie, const Settings& settings, const Asker& asker,
                  Counters& counters) {
  if (settings.cookies.empty()) return;
  opt.cookie = &cookie;
  const auto check = wire::check_server_cookie(cookie, asker.resolver, asker.unix_seconds, settings.cookies);
  switch (check) {
    case wire::CookieCheck::None: counters.cookies_fresh.add(); break;
    case wire::CookieCheck::Bad: counters.cookies_invalid.add(); break;
    case wire::CookieCheck::Stale: counters.cookies_valid.add(); break;
    case wire::CookieCheck::Good:
      counters.cookies_valid.add();
      std::ranges::copy(cookie.server.first(opt.server_cookie.size()), opt.server_cookie.begin());
      return;
  }
  opt.server_cookie = wire::make_server_cookie(cookie.client, asker.resolver, asker.unix_seconds, settings.cookies[0]);
}

wire::Rcode cookie_only_rcode(const wire::Query& query, const Settings& settings, const Asker& asker) {
  if (settings.cookies.empty() || !query.edns.cookie) return wire::Rcode::FormErr;
  const auto check =
      wire::check_server_cookie(*query.edns.cookie, asker.resolver, asker.unix_seconds, settings.cookies);
  return check == wire::CookieCheck::Bad ? wire::Rcode::BadCookie : wire::Rcode::NoError;
}

}  // namespace isochrone::answer
