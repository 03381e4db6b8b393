#include "config/secrets.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "util/hex.h"
#include "util/utf8.h"

namespace isochrone::config {

namespace {

constexpr size_t kShortestToken = 16;  // octets; shorter ones can be guessed over a network

Result<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

std::string_view without_blanks_behind(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool parse_secret(std::string_view text, answer::CookieSecret& secret) {
  std::vector<uint8_t> octets;
  if (text.size() != 2 * secret.size() || !decode_hex(text, octets)) return false;
  std::ranges::copy(octets, secret.begin());
  return true;
}

}  // namespace

Result<std::string> read_token(const std::string& path) {
  const auto text = read_whole(path);
  if (!text) return tl::unexpected(text.error());
  const std::string_view token = without_blanks_behind(*text);
  if (token.size() < kShortestToken)
    return fail(fmt::format("{} holds a token of {} octets; expected at least {}", path, token.size(), kShortestToken));
  if (std::any_of(token.begin(), token.end(), is_blank))
    return fail(fmt::format("{} holds more than one word; expected a token without blanks", path));
  return std::string(token);
}

Result<std::string> read_password(const std::string& path) {
  auto password = read_token(path);
  if (password && valid_utf8(*password) != password->size())
    return fail(fmt::format("{} holds octets that are not UTF-8; expected UTF-8, as etcd's JSON has it", path));
  return password;
}

Result<std::vector<answer::CookieSecret>> parse_cookie_secrets(const std::string& path, std::string_view text) {
  std::vector<answer::CookieSecret> secrets;
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view word = without_blanks_behind(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!parse_secret(word, secrets.emplace_back()))
      return fail(fmt::format("{}:{}:1: not a cookie secret; expected 32 hex digits", path, line));
  }
  if (secrets.empty()) return fail(fmt::format("{}: no cookie secret; expected a line of 32 hex digits", path));
  return secrets;
}

bool check_secret_file(const Node& where, const std::string& path) {
  const auto refuse = [&](std::string what, std::string expected) {
    where.error(std::move(what), std::move(expected));
    return false;
  };
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return refuse(fmt::format("there is no file {}", path), "expected a file with a secret");
  if (!S_ISREG(about.st_mode)) return refuse(fmt::format("{} is not a regular file", path), "");
  if (about.st_size == 0) return refuse(fmt::format("{} is empty", path), "expected a file with a secret");
  if ((about.st_mode & S_IRWXO) == 0) return true;
  return refuse(fmt::format("others may use {} (mode {:04o})", path, about.st_mode & 07777),
                fmt::format("expected no permission for others: chmod o= {}", path));
}

std::string check_token_file(const Node& where, const std::string& path) {
  if (!check_secret_file(where, path)) return {};
  auto token = read_token(path);
  if (!token) return where.error(token.error().text), "";
  return std::move(*token);
}

void check_cookie_file(const Node& where, const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0 && errno == ENOENT) return;
  if (!check_secret_file(where, path)) return;
  const auto text = read_whole(path);
  if (!text) return where.error(text.error().text);
  if (const auto secrets = parse_cookie_secrets(path, *text); !secrets) where.error(secrets.error().text);
}

}  // namespace isochrone::config
