#include "admin/auth.h"

#include <openssl/crypto.h>

#include "config/secrets.h"

namespace isochrone::admin {

Result<Auth> Auth::load(const config::AdminConfig& admin) {
  Auth auth;
  for (const config::AdminToken& spec : admin.tokens) {
    auto secret = config::read_token(spec.file);
    if (!secret) return tl::unexpected(secret.error());
    auth.tokens_.push_back({spec, std::move(*secret)});
  }
  return auth;
}

const Auth::Token* Auth::find(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return nullptr;
  const std::string_view given = authorization.substr(kScheme.size());
  const Token* found = nullptr;
  // Every token is compared, each in constant time: how long it takes tells nothing of the secrets.
  for (const Token& token : tokens_)
    if (token.secret.size() == given.size() && CRYPTO_memcmp(token.secret.data(), given.data(), given.size()) == 0)
      found = &token;
  return found;
}

bool Auth::knows(std::string_view authorization) const { return find(authorization) != nullptr; }

bool Auth::allows(Right right, std::string_view authorization, bool loopback) const {
  const Token* token = find(authorization);
  if (right == Right::Change) return token && token->spec.may_change;
  return loopback || (token && (token->spec.may_read || token->spec.may_change));
}

std::optional<std::string> Auth::vantage(std::string_view authorization) const {
  const Token* token = find(authorization);
  if (!token || token->spec.may_probe.empty()) return std::nullopt;
  return token->spec.may_probe;
}

std::optional<std::string> Auth::region(std::string_view authorization) const {
  const Token* token = find(authorization);
  if (!token || token->spec.may_observe.empty()) return std::nullopt;
  return token->spec.may_observe;
}

std::string Auth::name(std::string_view authorization) const {
  const Token* token = find(authorization);
  return token ? token->spec.name : "";
}

}  // namespace isochrone::admin
