#include "node/cookie_secrets.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "config/secrets.h"
#include "sync/state_file.h"

namespace isochrone::node {

Result<CookieSecrets> read_or_make_cookie_secrets(const std::string& path, std::optional<answer::CookieSecret> unkept) {
  const auto kept = sync::read_file(path);
  if (kept) {
    auto secrets = config::parse_cookie_secrets(path, *kept);
    if (!secrets) return tl::unexpected(secrets.error());
    return CookieSecrets{std::move(*secrets), {}};
  }
  if (access(path.c_str(), F_OK) == 0) return fail(fmt::format("{}: {}", path, kept.error().text));
  answer::CookieSecret secret = unkept.value_or(answer::CookieSecret{});
  if (!unkept && getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size()))
    return fail(fmt::format("{}: no randomness for a cookie secret", path));
  std::string text;
  for (const uint8_t octet : secret) text += fmt::format("{:02x}", octet);
  return CookieSecrets{{secret}, sync::write_atomically(path, text + "\n", 0600)};
}

}  // namespace isochrone::node
