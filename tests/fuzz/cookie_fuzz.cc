// Any OPTION-DATA of a cookie: never taken for ours unless it is.

#include <algorithm>

#include "check.h"
#include "target.h"
#include "wire/cookie.h"

namespace isochrone::wire {

FUZZ_TARGET(cookie) {
  const CookieSecret secrets[] = {{1, 2, 3}, {4, 5, 6}};
  const IpAddress client = IpAddress::v4(0xc0000201);
  const uint32_t now = 1559731985;

  const auto cookie = parse_cookie({data, size});
  CHECK(cookie.has_value() == (size == 8 || (size >= 16 && size <= 40)));
  if (!cookie) return 0;
  const ServerCookie made = make_server_cookie(cookie->client, client, now, secrets[0]);
  CHECK(check_server_cookie({cookie->client, made}, client, now, secrets) == CookieCheck::Good);

  const CookieCheck check = check_server_cookie(*cookie, client, now, secrets);
  CHECK((check == CookieCheck::None) == (size == 8));
  if (check == CookieCheck::Good) CHECK(size == 24);
  return 0;
}

}  // namespace isochrone::wire
