#include "node/cookie_secrets.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "sync/state_file.h"

namespace isochrone::node {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_secret(std::string_view text, answer::CookieSecret& secret) {
  if (text.size() != 2 * secret.size()) return false;
  for (size_t i = 0; i < secret.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    secret[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

Result<std::vector<answer::CookieSecret>> parse(const std::string& path, std::string_view text) {
  std::vector<answer::CookieSecret> secrets;
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!word.empty() && static_cast<unsigned char>(word.back()) <= ' ') word.remove_suffix(1);
    if (word.empty()) continue;
    if (!parse_secret(word, secrets.emplace_back()))
      return fail(fmt::format("{}:{}:1: not a cookie secret; expected 32 hex digits", path, line));
  }
  if (secrets.empty()) return fail(fmt::format("{}: no cookie secret; expected a line of 32 hex digits", path));
  return secrets;
}

}  // namespace

Result<std::vector<answer::CookieSecret>> read_or_make_cookie_secrets(const std::string& path) {
  if (const auto text = sync::read_file(path)) return parse(path, *text);
  if (access(path.c_str(), F_OK) == 0) return fail(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  answer::CookieSecret secret;
  if (getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size()))
    return fail(fmt::format("{}: no randomness for a cookie secret", path));
  std::string text;
  for (const uint8_t octet : secret) text += fmt::format("{:02x}", octet);
  if (const Status written = sync::write_atomically(path, text + "\n", 0600); !written) return tl::unexpected(written.error());
  return std::vector{secret};
}

}  // namespace isochrone::node
