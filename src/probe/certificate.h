#pragma once
// A server's certificate, judged during the handshake by OpenSSL and told in words: which name, which date, which CA.

#include <openssl/ssl.h>

#include <cstdint>
#include <optional>
#include <string>

namespace isochrone::probe {

// Lives as long as the connection's SSL_CTX; filled while the handshake runs.
struct CertificateCheck {
  std::string host;               // what the certificate must be for: a name or an address as text
  bool verify = true;             // false: nothing is refused, the expiry is still read
  std::string fault;              // empty: none found
  std::optional<int64_t> expiry;  // Unix time of the leaf's notAfter
};

// Makes `context` verify against `store` by `check`, in place of whatever it did before.
void watch_certificate(SSL_CTX* context, X509_STORE* store, CertificateCheck& check);

}  // namespace isochrone::probe
