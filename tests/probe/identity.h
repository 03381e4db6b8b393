#pragma once
// Certificates made while the tests run: every kind of good and bad one.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace isochrone::probe::testing {

struct KeyDelete {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDelete {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// A key and the certificate for it.
struct Identity {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
  std::string pem() const;
};

struct Wanted {
  std::string common_name;
  std::vector<std::string> names;  // subject alternative names: "DNS:a.example", "IP:127.0.0.1"
  std::time_t not_before = std::time(nullptr) - 3600;
  std::time_t not_after = std::time(nullptr) + 90 * 86400;
  bool is_ca = false;
};

// Signed by `issuer`, or by itself where there is none.
Identity make_identity(const Wanted& wanted, const Identity* issuer = nullptr);

// A file in a folder that goes with the process; its path.
std::string write_file(const std::string& name, const std::string& text, int mode = 0600);

}  // namespace isochrone::probe::testing
