#pragma once
// A server's certificate, judged during the handshake by OpenSSL and told in words: which name, which date, which CA.

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "health/evidence.h"

namespace isochrone::probe {

// Chains as they were met. A server sends the same one at every try: it is put into words once, and shared by all who
// hold it still. One thread.
class Chains {
 public:
  std::shared_ptr<const health::Chain> find(const STACK_OF(X509) * sent);

 private:
  std::unordered_map<std::string, std::weak_ptr<const health::Chain>> by_digest_;
  size_t sweep_at_ = 64;
};

// Lives as long as the connection's SSL_CTX; filled while the handshake runs.
struct CertificateCheck {
  std::string host;               // what the certificate must be for: a name or an address as text
  bool verify = true;             // false: nothing is refused, the expiry is still read
  std::string fault;              // empty: none found
  std::optional<int64_t> expiry;  // Unix time of the leaf's notAfter
  Chains* chains = nullptr;       // where the chain is looked up
  std::shared_ptr<const health::Chain> chain;
};

// Makes `context` verify against `store` by `check`, in place of whatever it did before.
void watch_certificate(SSL_CTX* context, X509_STORE* store, CertificateCheck& check);

}  // namespace isochrone::probe
